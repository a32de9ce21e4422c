// Preloaded into the Node programs of the pages: their host names lead to the sandbox, over https that is verified.
// What a page says is sent as it stands; the sandbox's certificate is for "localhost", so that name is what is checked.
import tls from "node:tls";

const ports = JSON.parse(process.env.EVERTOKEN_TEST_NAMES);
const connect = tls.connect;

tls.connect = (...given) => {
    const [options] = given;
    const name = options.servername || options.host;
    const port = ports[name];
    if (port === undefined) throw new Error(`${name}: a page may use only the names in bindings-wasm/tests/docs/world.mjs`);
    return connect({ ...options, host: "127.0.0.1", port, servername: "localhost" }, ...given.slice(1));
};
