// Tabs that come and go, and what strangers say on their channel: tabs, locks and channels are made here.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { StandingClock } from "./clock.mjs";
import { Client, Tabs, clients, fetched, token } from "./tabs/client.mjs";
import { Origin, settle } from "./tabs/origin.mjs";

test("close leaves no lock, listener, channel or timer behind, and ends a wait", async () => {
    const [origin, first, second] = clients(2);
    await fetched(first);
    first.token = undefined;
    second.token = undefined;
    await first.ask();
    await second.ask();
    const { turn } = first;
    for (const client of [second, first]) {
        client.tabs.close();
        client.tabs.close();
        await settle();
        assert.equal(client.tab.listeners, 0);
        assert.equal(client.tab.channels.size, 0);
        assert.equal(client.clock.timers, 0);
    }
    assert.equal(second.turn.mine, false);
    assert.deepEqual([...origin.holders("grant"), ...origin.holders("held grant")], []);
    turn.share(token("first", 1));
    turn.release();
    await first.ask();
    assert.equal(first.turn.mine, false);
});

for (const [leave, comeBack, what] of [
    [(tab) => tab.hide(), (tab) => tab.show(), "goes into the back/forward cache"],
    [(tab) => tab.lifecycle("freeze"), (tab) => tab.lifecycle("resume"), "is frozen"],
]) {
    test(`a page that ${what} has no lock and no channel meanwhile, and goes on where it was`, async () => {
        const [origin, first, second] = clients(2);
        await fetched(first);
        second.token = undefined;
        first.token = undefined;
        await first.ask();
        leave(first.tab);
        await settle();
        assert.deepEqual([...origin.holders("grant"), ...origin.holders("held grant")], ["tab-2"]);
        assert.equal(first.tab.channels.size, 0);
        await second.ask();
        assert.equal(second.turn.mine, true, "nobody waits for it");
        await second.fetched("second");
        comeBack(first.tab);
        await settle();
        assert.equal(first.tab.channels.size, 1);
        await first.ask();
        assert.deepEqual([first.turn.mine, first.token.token], [false, "second"]);
    });
}

test("a page that comes back with its token can be asked again", async () => {
    const [origin, first] = clients(1);
    await fetched(first);
    first.tab.hide();
    await settle();
    assert.deepEqual(origin.holders("held grant"), []);
    first.tab.show();
    await settle();
    assert.deepEqual(origin.holders("held grant"), ["tab-1"]);
});

test("a page that leaves while it waits sends nothing until it is back", async () => {
    const [, first, second] = clients(2);
    await first.ask();
    await second.ask();
    second.tab.hide();
    first.turn.release();
    await settle();
    assert.equal(second.turn, undefined);
    second.tab.show();
    await settle();
    assert.equal(second.turn.mine, true);
});

test("a page that is being prerendered does not wait for locks that come only when it is shown", async () => {
    const [, first] = clients(1);
    first.tab.document.prerendering = true;
    first.tab.freeze();
    await first.ask();
    assert.equal(first.turn.mine, true);
});

test("what is passed on says of the token what its first sender said", async () => {
    const [origin, first, second] = clients(2);
    await fetched(first);
    const { issuedAtWall } = first.token;
    second.token = { ...second.token, issuedAtWall: issuedAtWall - 500 };
    first.tab.crash();
    const later = new Client(origin.tab());
    await later.ask();
    assert.equal(later.token.issuedAtWall, issuedAtWall);
});

test("grants of other names share nothing", async () => {
    const origin = new Origin();
    const [first, other] = [new Client(origin.tab(), "grant"), new Client(origin.tab(), "another grant")];
    await fetched(first);
    await other.ask();
    assert.deepEqual([other.turn.mine, other.token], [true, undefined]);
});

test("an answer that was not asked for is not taken, and what is no token is none", async () => {
    const [origin, client] = clients(1);
    const stranger = origin.tab();
    const channel = new stranger.scope.BroadcastChannel("grant");
    const good = token("first", 1_000);
    const tokenWith = (key, value) => ({ kind: "token", token: { ...good, [key]: value } });
    const wrong = [
        null,
        7,
        "token",
        [],
        {},
        { kind: "token" },
        { kind: "token", token: null },
        { kind: "answer", to: "nobody", token: good },
        { kind: "answer", to: {}, token: good },
        { kind: "ask", id: 7 },
        ...Object.keys(good).map((key) => tokenWith(key, undefined)),
        ...["issuedAtWall", "lifetimeMs", "remainingMs"].flatMap((key) =>
            [-1, 0.5, NaN, Infinity, 2 ** 53, "7", 7n].map((value) => tokenWith(key, value)),
        ),
        ...["headerName", "headerValue", "token"].flatMap((key) =>
            ["", "a\r\nb", "a\u0000", "ä", "x".repeat(70_000), 7].map((value) => tokenWith(key, value)),
        ),
        tokenWith("headerName", "a b"),
    ];
    for (const message of wrong) {
        channel.postMessage(message);
        await settle();
        assert.equal(client.token, undefined, inspect(message));
    }
    channel.postMessage({ kind: "token", token: { ...good, more: "is dropped" } });
    await settle();
    assert.deepEqual(client.token, good);
});

test("a host that throws harms nobody", async () => {
    const [origin, first] = clients(1);
    await fetched(first);
    const broken = new Client(origin.tab());
    broken.adopt = broken.held = () => {
        throw new Error("trapped");
    };
    await broken.ask();
    assert.equal(broken.turn.mine, true);
    broken.turn.release();
    first.held = broken.held;
    await broken.ask();
    assert.equal(broken.turn.mine, true);
});

test("where locks are refused, each tab sends for itself", async () => {
    const [, first] = clients(1);
    first.tab.scope.navigator.locks.request = () => Promise.reject(new DOMException("denied", "SecurityError"));
    await first.ask();
    assert.equal(first.turn.mine, true);
    await first.fetched("first");
});

test("there is no sharing outside a browser's secure context, nor where something is missing", () => {
    const { scope } = new Origin().tab();
    const host = { held: () => undefined, adopt: () => false, clock: new StandingClock() };
    const refusing = class {
        constructor() {
            throw new DOMException("denied", "SecurityError");
        }
    };
    const worker = { ...scope, document: undefined, addEventListener: undefined };
    assert.notEqual(Tabs.open("grant", host, worker), undefined);
    const insecure = [{ isSecureContext: false }, { isSecureContext: undefined }];
    for (const change of [...insecure, { navigator: undefined }, { navigator: {} }]) {
        assert.equal(Tabs.open("grant", host, { ...scope, ...change }), undefined);
    }
    assert.equal(Tabs.open("grant", host, { ...scope, BroadcastChannel: undefined }), undefined);
    assert.equal(Tabs.open("grant", host, { ...scope, BroadcastChannel: refusing }), undefined);
    const node = { navigator: scope.navigator, BroadcastChannel: globalThis.BroadcastChannel };
    assert.equal(Tabs.open("grant", host, node), undefined, "Node, with locks");
    assert.equal(Tabs.open("grant", host), undefined, "the Node that runs this");
});
