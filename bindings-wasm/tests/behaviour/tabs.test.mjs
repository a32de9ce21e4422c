// Whose turn it is to send, in orders of events that no browser takes at will: tabs, locks and channels are made here.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, LIFE_MS, clients, fetched, token } from "./tabs/client.mjs";
import { settle } from "./tabs/origin.mjs";

test("a tab that is alone sends at once: it asks nobody and waits for nothing", async () => {
    const [origin, alone] = clients(1);
    await alone.ask();
    assert.equal(alone.turn.mine, true);
    assert.equal(alone.clock.longestMs, 0);
    assert.deepEqual(origin.posted, []);
});

test("of four tabs at once one sends, and the others go on as soon as its token is there", async () => {
    const [origin, first, ...others] = clients(4);
    await Promise.all([first, ...others].map((client) => client.ask()));
    assert.deepEqual([first.turn?.mine, ...others.map(({ turn }) => turn)], [true, undefined, undefined, undefined]);
    first.token = token("first", 1_000);
    first.turn.share(first.token);
    await settle();
    assert.deepEqual(
        others.map(({ turn, token }) => [turn.mine, token.token]),
        [1, 2, 3].map(() => [false, "first"]),
    );
    first.turn.release();
    await settle();
    assert.deepEqual(origin.holders("grant"), []);
});

test("a tab that gets the lock before the message asks for the token", async () => {
    const [origin, first, second] = clients(2);
    await first.ask();
    await second.ask();
    origin.keepBack(({ kind }) => kind === "token");
    await first.fetched("first");
    assert.deepEqual([second.turn.mine, second.token.token], [false, "first"]);
    origin.keepBack();
    await settle();
    assert.equal(second.token.token, "first");
});

test("a tab that finds the lock free before the message asks for the token, too", async () => {
    const [origin, first, second] = clients(2);
    origin.keepBack(({ kind }) => kind === "token");
    await fetched(first);
    await second.ask();
    assert.deepEqual([second.turn.mine, second.token.token], [false, "first"]);
});

test("a tab lets the next one go on only when it can be asked for its token", async () => {
    const [origin, first, second] = clients(2);
    const { locks } = first.tab.scope.navigator;
    const { request } = locks;
    let attend;
    locks.request = async (...args) => {
        if (args[1].mode === "shared") {
            await new Promise((resolve) => (attend = resolve));
        }
        return request(...args);
    };
    await first.ask();
    origin.keepBack(({ kind }) => kind === "token");
    await first.fetched("first");
    assert.deepEqual(origin.holders("grant"), ["tab-1"]);
    attend();
    await settle();
    assert.deepEqual(origin.holders("grant"), []);
    await second.ask();
    assert.equal(second.token.token, "first");
});

test("a tab waits for the answers of all that can be asked, but takes none that comes too late", async () => {
    const [origin, first, second] = clients(2);
    await fetched(first);
    const third = new Client(origin.tab());
    first.token = undefined;
    origin.keepBack(({ kind, token }) => kind === "answer" && token !== undefined);
    await third.ask();
    assert.equal(third.turn, undefined, "one has answered, and has nothing");
    origin.keepBack();
    await settle();
    assert.deepEqual([third.turn.mine, third.token.token], [false, "first"]);

    third.token = undefined;
    origin.keepBack(({ kind }) => kind === "answer");
    await third.ask();
    third.clock.advance(100);
    await settle();
    assert.equal(third.turn.mine, true);
    origin.keepBack();
    await settle();
    assert.deepEqual([third.token, second.token.token], [undefined, "first"]);
});

test("a tab that opens later gets the running token, and nobody sends", async () => {
    const [origin, first] = clients(1);
    await fetched(first);
    const later = new Client(origin.tab());
    await later.ask();
    assert.deepEqual([later.turn.mine, later.token.token], [false, "first"]);
});

test("a tab that took a token gives it on when the one that fetched it is gone", async () => {
    const [origin, first, second] = clients(2);
    await fetched(first);
    assert.equal(second.token.token, "first");
    first.tab.crash();
    const later = new Client(origin.tab());
    await later.ask();
    assert.deepEqual([later.turn.mine, later.token.token], [false, "first"]);
});

test("tabs that have nothing newer say so, and nobody waits for the time to pass", async () => {
    const [, first, second] = clients(2);
    await fetched(first);
    assert.equal(second.token.token, "first");
    await second.ask();
    assert.equal(second.turn.mine, true, "it has this token itself and wants a newer one");
    second.turn.release();
    first.token = undefined;
    second.token = undefined;
    await second.ask();
    assert.equal(second.turn.mine, true, "the other tab has dropped its token");
});

test("a tab whose token is over is not asked any more", async () => {
    const [origin, first] = clients(1);
    await fetched(first);
    assert.deepEqual(origin.holders("held grant"), ["tab-1"]);
    first.token = undefined;
    first.clock.advance(LIFE_MS);
    await settle();
    assert.deepEqual(origin.holders("held grant"), []);
});

test("a token requested because the one before was rejected is taken whenever that was rejected here", async () => {
    const [origin, first, second] = clients(2);
    await fetched(first);
    assert.equal(second.token.token, "first");
    const offered = [];
    second.adopt = (token) => {
        offered.push(token.issuedAtWall);
        return Client.prototype.adopt.call(second, token);
    };
    await first.ask();
    const sentAt = first.clock.now().wall;
    second.clock.sleep(1_000);
    first.token = token("second", sentAt);
    first.turn.share(first.token, true);
    first.turn.release();
    await settle();
    assert.deepEqual([second.token.token, offered], ["second", [second.clock.now().wall]]);

    const later = new Client(origin.tab());
    later.clock.sleep(2_000);
    await later.ask();
    assert.equal(later.token.issuedAtWall, sentAt, "for a tab that did not have the rejected one it counts as it is");

    await first.ask();
    const thenAt = (second.token.issuedAtWall = sentAt) + 1;
    first.token = token("third", thenAt);
    first.turn.share(first.token, false);
    await settle();
    assert.deepEqual([second.token.token, offered.at(-1)], ["third", thenAt], "and so does one that is no successor");
});

test("a token that the machine refuses does not keep a tab from sending", async () => {
    const [, first, second] = clients(2);
    await fetched(first);
    second.token = undefined;
    second.refused.add("first");
    await second.ask();
    assert.equal(second.turn.mine, true);
});

test("a tab that is frozen with a token costs a tenth of a second, no more", async () => {
    const [, first, second] = clients(2);
    await fetched(first);
    second.token = undefined;
    first.tab.freeze();
    await second.ask();
    assert.equal(second.turn, undefined);
    second.clock.advance(99);
    await settle();
    assert.equal(second.turn, undefined);
    second.clock.advance(1);
    await settle();
    assert.equal(second.turn.mine, true);
});

test("a tab that is frozen with the lock loses it, to one of those who wait, and when it thaws it adopts", async () => {
    const [origin, frozen, ...others] = clients(4);
    await frozen.ask();
    frozen.tab.freeze();
    await Promise.all(others.map((client) => client.ask()));
    for (let passed = 0; passed < 1_500 && others.every(({ turn }) => turn === undefined); passed += 10) {
        others.forEach(({ clock }) => clock.advance(10));
        await settle();
    }
    const [sender, ...more] = others.filter(({ turn }) => turn?.mine);
    assert.deepEqual([sender !== undefined, more], [true, []]);
    others.forEach(({ clock }) => clock.advance(1_500));
    await settle();
    assert.deepEqual(
        others.map(({ turn }) => turn?.mine),
        others.map((client) => (client === sender ? true : undefined)),
        "the one that sends is alive: nobody steals from it",
    );
    await sender.fetched("first");
    assert.deepEqual(
        others.map(({ turn }) => turn.mine),
        others.map((client) => client === sender),
    );
    frozen.tab.thaw();
    await settle();
    assert.equal(frozen.token.token, "first");
    frozen.turn.release();
    await settle();
    assert.deepEqual(origin.holders("grant"), []);
});

test("of tabs that lose patience with a frozen one at the same moment, one takes its lock", async (t) => {
    t.mock.method(Math, "random", () => 0);
    const [, frozen, ...others] = clients(4);
    await frozen.ask();
    frozen.tab.freeze();
    await Promise.all(others.map((client) => client.ask()));
    for (let passed = 0; passed < 3_000; passed += 100) {
        others.forEach(({ clock }) => clock.advance(100));
        await settle();
    }
    assert.deepEqual(others.map(({ turn }) => turn?.mine).sort(), [true, undefined, undefined]);
});

test("a tab that is frozen while it relieves another one blocks nobody for long", async () => {
    const [origin, frozen, relieving, third] = clients(3);
    await frozen.ask();
    frozen.tab.freeze();
    await relieving.ask();
    relieving.clock.advance(1_500);
    await settle();
    assert.deepEqual(origin.holders("relieved grant"), ["tab-2"]);
    relieving.tab.freeze();
    await third.ask();
    for (let passed = 0; passed < 5_100; passed += 100) {
        third.clock.advance(100);
        await settle();
    }
    assert.equal(third.turn.mine, true);
});

test("a tab that sends for long is waited for, but not for ever", async () => {
    const [, slow, second] = clients(2);
    await slow.ask();
    await second.ask();
    for (let passed = 0; passed < 4_900; passed += 100) {
        second.clock.advance(100);
        await settle();
    }
    assert.equal(second.turn, undefined);
    for (let passed = 0; passed < 200; passed += 100) {
        second.clock.advance(100);
        await settle();
    }
    assert.equal(second.turn.mine, true);
    await slow.fetched("first");
    assert.equal(second.token.token, "first", "what comes late is taken all the same");
});

test("a tab that crashes in its request lets the next one send", async () => {
    const [, first, second] = clients(2);
    await first.ask();
    await second.ask();
    first.tab.crash();
    await settle();
    assert.equal(second.turn.mine, true);
});

test("a request that failed lets the next tab send", async () => {
    const [, first, second] = clients(2);
    await first.ask();
    await second.ask();
    first.turn.release();
    first.turn.release();
    await settle();
    assert.equal(second.turn.mine, true);
});

test("an aborted wait ends without a turn, and leaves no lock, no listener and no timer", async () => {
    const [origin, first, second] = clients(2);
    await first.ask();
    const controller = new AbortController();
    await second.ask(controller.signal);
    controller.abort();
    await settle();
    assert.equal(second.turn.mine, false);
    assert.equal(second.clock.timers, 0);
    first.turn.release();
    await settle();
    assert.deepEqual(origin.holders("grant"), []);
    await second.ask(controller.signal);
    assert.equal(second.turn.mine, false);
});

test("a new attempt takes the place of an earlier one that waits or sends", async () => {
    const [origin, first, second] = clients(2);
    await first.ask();
    await second.ask();
    const waiting = second.asked;
    await second.ask();
    first.turn.release();
    await settle();
    assert.deepEqual([second.turn.mine, (await waiting).mine], [true, false]);
    await second.ask();
    assert.equal(second.turn.mine, true);
    second.turn.release();
    await settle();
    assert.deepEqual(origin.holders("grant"), []);
});
