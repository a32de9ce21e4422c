// The JavaScript rows of the benchmark: ours beside the peers in one run.
//
//     node bindings-wasm/bench/main.mjs [--only hot,wrapper] [--hosts node,chromium] [--clients evertoken] [--write docs/javascript-benchmark.md]
//
// Rows that are not run stay on the page as they are. EVERTOKEN_SANDBOX names the sandbox's binary, EVERTOKEN_PACKAGE the package's folder.

import { execFileSync, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { loadavg } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ROOT } from "../tests/hosts/bundle.mjs";
import { launch } from "../tests/hosts/launch.mjs";
import { Sandbox } from "../tests/hosts/sandbox.mjs";
import { Page } from "./page.mjs";
import { sizes } from "./sizes.mjs";

const NAMES = ["evertoken", "@badgateway/oauth2-client", "oauth4webapi", "openid-client", "simple-oauth2", "@azure/msal-node", "hand-written"];
const HOSTS = ["node", "deno", "bun", "chromium", "firefox", "webkit"];
const BEHAVIOUR = ["storm", "rollover", "outage", "hang", "together", "spread", "short"];

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const list = (text, all) => (text === undefined ? all : text.split(","));
const { values } = parseArgs({
    options: {
        only: { type: "string" },
        hosts: { type: "string" },
        clients: { type: "string" },
        write: { type: "string" },
        sandbox: { type: "string" },
    },
});
if (!existsSync(file("node_modules"))) {
    throw new Error("the peers are missing: npm ci in bindings-wasm/bench");
}
if (values.sandbox !== undefined) {
    process.env.EVERTOKEN_SANDBOX = values.sandbox;
}
const names = list(values.clients, NAMES);
const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: ROOT, encoding: "utf8" }).trim();
const page = new Page(values.write);

/** How a result of each row is written. */
const orError = (show) => (got) => (got.error === undefined ? show(got) : got.error);
const outage = orError(({ served, failed, stuck, requests, longest }) =>
    stuck ? `${served} / ${failed}, then stuck; ${requests}` : `${served} / ${failed}; ${requests}${served > 0 ? `; ${longest}` : ""}`,
);
const wave = orError(({ none, recovered, requests }) => (none ? "no wrapper" : `${recovered} (${requests})`));
const SHOWN = {
    storm: orError(({ requests, served }) => (served === 1000 ? requests : `${requests}, ${served} served`)),
    rollover: orError(({ requests, longest, failed }) => `${requests}; ${longest}${failed > 0 ? `; ${failed} failed` : ""}`),
    outage,
    hang: outage,
    together: wave,
    spread: wave,
    short: orError(({ requests, failed }) => `${requests}${failed > 0 ? `, ${failed} failed` : ""}`),
};
const bold = (name) => (name === "evertoken" ? "**evertoken**" : name);

const ROWS = { hot, wrapper, behaviour, sizes: bundles };
for (const row of list(values.only, Object.keys(ROWS))) {
    const when = new Date().toISOString().slice(0, 16).replace("T", " ");
    const load = loadavg()[0].toFixed(1);
    const text = await ROWS[row]();
    page.set(row, `\`bindings-wasm/bench/main.mjs --only ${row}\`, ${when} UTC, ${commit}, load before it ${load}.\n\n${text}`);
}
page.write();

async function hot() {
    const rows = [];
    for (const name of list(values.hosts, HOSTS)) {
        const host = await launch(name);
        try {
            const { ns } = await host.run(file("hot.mjs"), null, { timeoutMs: 120_000 });
            const shown = ({ best, median }) => `${Math.round(best)} (${Math.round(median)})`;
            const { clocks, cached, headers, token } = ns;
            rows.push([
                name,
                shown(clocks),
                shown(cached),
                (cached.best / clocks.best).toFixed(2),
                shown(ns["an async function"]),
                shown(headers),
                Math.round(headers.best - clocks.best),
                shown(token),
            ]);
        } finally {
            await host.close();
        }
    }
    const head = [
        "where",
        "two clock reads, ns",
        "`cachedHeaders()`, ns",
        "to the clock reads",
        "`await` of an empty async function, ns",
        "`await headers()`, ns",
        "above the clock reads, ns",
        "`await token()`, ns",
    ];
    return `### Hot path: a header that is held\n\nWall time of one call in the best tenth of 61 rounds of 20 ms, all calls in turn, in brackets the median: on a machine that others use, the best rounds are those without them. A token of 800 bytes. Goals: 1.3 x the two clock reads, and 150 ns above them awaited.\n\n${Page.table(head, rows)}`;
}

async function wrapper() {
    const server = spawn(process.execPath, [file("server.mjs")], { stdio: ["pipe", "pipe", "inherit"] });
    const [origin] = await once(createInterface({ input: server.stdout }), "line");
    try {
        const { held, stubbed, loopback } = await run("wrapper.mjs", { api: origin });
        const us = ({ median, low, high }) => [median, low, high].map((ns) => (ns / 1000).toFixed(1));
        const shapes = Object.keys(stubbed);
        const shown = (spread) => {
            if (spread === undefined) return "-";
            const [median, low, high] = us(spread);
            return `${median} (${low}-${high})`;
        };
        const own = NAMES.filter((name) => shapes.some((shape) => stubbed[shape][name])).map((name) => [
            bold(name),
            ...shapes.map((shape) => shown(stubbed[shape][name])),
        ]);
        const ratios = Object.entries(loopback).map(([name, { us, ratio }]) => [
            bold(name),
            us.toFixed(0),
            `${ratio.median.toFixed(3)} (${ratio.low.toFixed(3)}-${ratio.high.toFixed(3)})`,
        ]);
        const headers = NAMES.map((name) => [bold(name), ...["median", "low", "high"].map((part) => Math.round(held[name][part]))]);
        return `### A header that is held, awaited\n\nProcessor time of Node in nanoseconds, 41 rounds, all in turn. Libraries without a cache have the one by hand.\n\n${Page.table(["client", "median", "lower quartile", "upper quartile"], headers)}\n\n### The wrapper's own cost\n\nProcessor time of Node in microseconds, less that of the stub, median and quartiles of 41 rounds, all in turn. Goal: 5. A library that takes no \`Request\` has none in the last column.\n\n${Page.table(["client", ...shapes], own)}\n\n### A call over loopback\n\nProcessor time of Node, to that of \`fetch\` with a header that never changes in the same round. Goal: 1.05. The platform's own work differs from round to round by much more than the wrapper's cost above.\n\n${Page.table(["client", "us", "ratio (quartiles)"], ratios)}`;
    } finally {
        server.stdin.end();
    }
}

async function behaviour() {
    const sandbox = await Sandbox.start();
    try {
        const rows = [];
        for (const name of names) {
            const got = {};
            for (const row of BEHAVIOUR) {
                got[row] = await run("behaviour.mjs", { line: sandbox.line, row, name }).catch((error) => {
                    console.error(`${name}, ${row}: ${error.message}`);
                    return { error: error.message.split("\n")[0] };
                });
            }
            rows.push([bold(name), ...BEHAVIOUR.map((row) => SHOWN[row](got[row]))]);
        }
        const head = [
            "client",
            "cold: 1,000 callers: token requests",
            "50 callers for 11 s, tokens of 4 s: token requests; longest wait, ms",
            "token endpoint 503 while the token is good: served / failed; token requests; longest, ms",
            "it hangs: the same; stuck: no answer in 2 s",
            "200 calls at once after a revocation: recovered (token requests)",
            "over 0.5 s",
            "tokens of 10 s, 12.5 s: token requests",
        ];
        return `### Behaviour\n\nIn Node against the sandbox; what each row does is written at its function in \`bindings-wasm/bench/behaviour.mjs\`. Counts are exact. Caches by hand and simple-oauth2 renew 30 s early, with tokens of 4 s and in the waves 1 s and in the outages 6 s early; msal's 5 minutes are its own, so the server announces as much more. Ours is on its default policy.\n\n${Page.table(head, rows)}`;
    } finally {
        await sandbox.close();
    }
}

async function bundles() {
    const rows = Object.entries(await sizes()).map(([name, size]) =>
        size === undefined ? [name, "does not bundle for browsers", "", ""] : [name, size.raw, size.gzip, size.brotli],
    );
    return `### What a page loads\n\nThe smallest use of each, by esbuild for browsers and minified, bytes; compressed file by file. auth0-spa-js and msal-browser have no client credentials and sign users in; the others are no more than the token request, without a cache of it but for badgateway's.\n\n${Page.table(["package", "raw", "gzip 9", "brotli 11"], rows)}`;
}

/** Runs a row in a Node of its own. */
async function run(name, argument) {
    const child = fork(file("run.mjs"));
    child.send({ file: file(name), argument });
    const [told] = await Promise.race([once(child, "message"), once(child, "exit").then(([code]) => [{ error: `ended with ${code}` }])]);
    if (told.error !== undefined) {
        throw new Error(told.error);
    }
    return told.value;
}
