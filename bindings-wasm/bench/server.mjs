// An API and a token endpoint that answer at once, in a process of their own; prints its origin.

import { createServer } from "node:http";

const token = JSON.stringify({ access_token: "x".repeat(800), token_type: "Bearer", expires_in: 3600 });
const server = createServer((request, response) => {
    request.resume();
    response.setHeader("content-type", "application/json");
    response.end(request.url === "/token" ? token : '{"ok":true}');
});
// A row that runs before must not leave a connection that is about to be closed.
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
process.stdin.resume().on("close", () => process.exit());
