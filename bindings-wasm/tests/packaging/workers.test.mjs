import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { browsing } from "./pages.mjs";
import { Project } from "./project.mjs";
import { sandboxed } from "./sandbox.mjs";

const proven = sandboxed();
const pages = browsing();

const WORKER = (from, options) => `import { trial } from "./${from}.js";
addEventListener("message", async ({ data, ports: [port] }) => port.postMessage(await trial(data${options})));`;

const told = (worker, type, given) =>
    pages.evaluate(
        async ([worker, type, given]) => {
            const registration = await navigator.serviceWorker.register(worker, { type });
            const installing = registration.installing ?? registration.waiting ?? registration.active;
            while (installing.state !== "activated") await new Promise((done) => (installing.onstatechange = done));
            const { port1, port2 } = new MessageChannel();
            installing.postMessage(given, [port2]);
            return new Promise((done) => (port1.onmessage = ({ data }) => done(data)));
        },
        [worker, type, given],
    );

test("a service worker without a bundler runs with evertoken/slim, as it may not call import()", async () => {
    const project = await Project.plain("service-worker");
    const url = pages.serve("/service-worker/", project.folder);
    await project.trial("trial.js", { entry: "./node_modules/evertoken/slim.js" });
    await project.write("worker.js", WORKER("trial", `, { wasm: "${url}node_modules/evertoken/evertoken.wasm" }`));
    await proven((given) => told(`${url}worker.js`, "module", given));
});

test("a service worker in one file runs with evertoken", async () => {
    const project = await Project.plain("service-worker-bundled");
    const url = pages.serve("/service-worker-bundled/", project.path("dist"));
    await project.trial("trial.js");
    await project.write("worker.js", WORKER("trial", ""));
    await project.bundle({ entryPoints: ["worker.js"], format: "iife", outdir: "dist", minify: true });
    await proven((given) => told(`${url}worker.js`, "classic", given));
});

test("a web worker gets the token that its page has", async () => {
    const project = await Project.plain("web-worker");
    const url = pages.serve("/web-worker/", project.path("dist"));
    await project.page();
    await project.write("worker.js", WORKER("trial", ""));
    await project.write(
        "main.js",
        `import { broker, createClient } from "evertoken";
        async function asked({ endpoint, api }) {
            const client = createClient({ provider: broker(endpoint, { api, credentials: "omit" }) });
            await client.token();
            const { port1, port2 } = new MessageChannel();
            new Worker("worker.js", { type: "module" }).postMessage({ endpoint, api }, [port2]);
            const { data } = await new Promise((done) => (port1.onmessage = done));
            client.close();
            return data;
        }
        globalThis.told = asked(JSON.parse(decodeURIComponent(location.hash.slice(1))));`,
    );
    await project.bundle({ entryPoints: ["main.js", "worker.js"], format: "esm", splitting: true, outdir: "dist" });
    await project.write("dist/index.html", await readFile(project.path("index.html")));
    await proven((given) => pages.told(`${url}index.html`, given));
});
