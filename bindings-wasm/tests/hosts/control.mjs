export const VENDORS = ["piwik_pro", "didomi", "oro", "oauth2", "elsewhere"];

/** What lets pages of every origin call a vendor and read its answers. */
export const OPEN_CORS = { allow_origins: ["*"], allow_headers: ["*"], expose_headers: ["*"] };

/** Asks the sandbox's control API at an address, through a `fetch`; a refusal is an error. */
export async function ask(fetch, address, method, path, body) {
    const response = await fetch(address + path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
    const answer = await response.json();
    if (!response.ok) {
        throw new Error(`${method} ${path}: ${answer.message}`);
    }
    return answer;
}
