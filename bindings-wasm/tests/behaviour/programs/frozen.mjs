import { createClient, oauth2 } from "evertoken";

/** Starts a call that stays, or gives the answer of the one that was started. */
export default async function frozen({ line, isStart }) {
    if (!isStart) {
        return (await globalThis.call).status;
    }
    const { id, secret } = line.keys.oauth2;
    const provider = oauth2(`${line.oauth2.http}/oauth2/token`, {
        api: `${line.oauth2.http}/api`,
        clientId: id,
        clientSecret: secret,
    });
    globalThis.call = createClient({ provider, dangerouslyAllowBrowser: true }).fetch("/items");
}
