import { createServer, connect } from "node:net";

/** A port before another that can stop listening: what an engine without a switch for its network sees as offline. */
export class Relay {
    #server;
    #sockets = new Set();
    #port = 0;

    constructor(target) {
        this.target = new URL(target);
    }

    static async start(target) {
        const relay = new Relay(target);
        await relay.listen();
        return relay;
    }

    get origin() {
        return `http://127.0.0.1:${this.#port}`;
    }

    async listen() {
        this.#server = createServer((socket) => {
            const behind = connect(Number(this.target.port), this.target.hostname);
            for (const one of [socket, behind]) {
                this.#sockets.add(one);
                one.on("error", () => undefined).on("close", () => {
                    this.#sockets.delete(one);
                    socket.destroy();
                    behind.destroy();
                });
            }
            socket.pipe(behind).pipe(socket);
        });
        await new Promise((resolve, reject) =>
            this.#server.once("error", reject).listen(this.#port, "127.0.0.1", resolve),
        );
        this.#port = this.#server.address().port;
    }

    async stop() {
        this.#sockets.forEach((socket) => socket.destroy());
        await new Promise((resolve) => this.#server.close(resolve));
    }
}
