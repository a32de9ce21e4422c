import { Account } from "./account.mjs";
import { Clock } from "./clock.mjs";
import { Dial } from "./dial.mjs";
import { Picture } from "./picture.mjs";
import { Stage } from "./stage.mjs";
import { Story } from "./story.mjs";
import { Tally } from "./tally.mjs";
import { Tape } from "./tape.mjs";
import { Traffic } from "./traffic.mjs";
import { inWords } from "./words.mjs";

const TICK_MS = 100;
const RECENT_MS = 2000;
const SLEEP_MS = 60_000;
const TROUBLES = { outage: "outage (503)", hang: "hang", throttle: "429", deleted: "key deleted" };
const IMPORTANT = new Set(["expired", "failed", "rejected"]);

const $ = (selector) => document.querySelector(selector);
const part = (name) => $(`[data-part="${name}"]`);
const say = (element, text) => element.textContent !== text && (element.textContent = text);

const stage = await Stage.enter();
const clock = new Clock(stage.about.ahead);
const tape = new Tape($("#tape"), clock);
const story = new Story({ list: $("#story"), live: $("#live") }, clock.now().wall);
const tally = new Tally($(".tally"));
const dials = { page: new Dial($("#page-dial")), broker: new Dial($("#broker-dial"), { rings: false }) };
const traffic = new Traffic(call);
let account;
let heard = 0;
let failure;
let counts = {};
let looking;
let leaving = false;
let asleep = false;

/** Makes the account of a vendor, in place of the one before. */
function choose(vendor) {
    traffic.stop();
    account?.close();
    account = new Account(vendor, { clock, csrf: stage.about.csrf });
    heard = 0;
    failure = undefined;
    const voices = { who: "The page", whom: "the broker" };
    account.client.on("*", (event) => note("page", clock.now().wall, event, voices));
    // Loads the wasm before the first call; calls load it by themselves.
    account.client.ready().catch(gone);
}

function note(lane, wall, event, voices) {
    tape.event(lane, wall, event);
    const [tone, text] = inWords(event, voices);
    story.tell(wall, tone, text);
    if (lane === "page" && IMPORTANT.has(event.type)) story.announce(text);
}

async function call() {
    const { served, status, error } = await account.call();
    tape.call(clock.now().wall, served);
    if (!served)
        story.tell(
            clock.now().wall,
            "bad",
            error ? `A call failed (${error.code}).` : `A call got the API's own answer, ${status}.`,
        );
    return served;
}

/** Brings the time of all together and shows how things are. */
async function look() {
    looking ??= lookOnce().finally(() => (looking = undefined));
    await looking;
}

async function lookOnce() {
    const vendor = account.name;
    const seen = await stage.look(vendor, clock.ahead, heard);
    if (vendor !== account.name) return;
    clock.catchUp(seen.ahead);
    counts = seen.counts;
    const voices = { who: "The broker", whom: account.title };
    for (const { seq, wall, event } of seen.news) {
        // What was before this page came is not its story.
        if (heard > 0 || seq === 1 || wall > clock.now().wall - RECENT_MS) note("broker", wall, event, voices);
        heard = seq;
        if (event.type === "failed") failure = event.error;
        if (event.type === "granted") failure = undefined;
    }
    showBroker(new Picture(seen.broker));
    showTrouble(seen);
}

function show() {
    const picture = new Picture(account.client.explain());
    tape.picture("page", clock.now().wall, picture);
    dials.page.show(picture);
    say(part("left"), picture.life ? String(picture.secondsLeft) : "–");
    say(part("state"), picture.life ? `token ${picture.generation} · ${picture.state}` : picture.state);
    say(part("meaning"), picture.meaning);
    say(part("doing"), picture.doing("The broker"));
    const { requests: asked, waiting } = picture;
    tally.show({ ...account.calls, asked, waiting, token: counts.token, api: counts.api });
    if (traffic.steady)
        say(
            $("#verdict"),
            `${account.calls.served} calls served and ${account.calls.failed} failed, with ${requestsIn(counts.token)}.`,
        );
}

function showBroker(picture) {
    tape.picture("broker", clock.now().wall, picture);
    dials.broker.show(picture);
    say(part("broker-state"), picture.state);
    say(part("broker-left"), picture.life ? `, ${picture.secondsLeft} s left` : "");
    say(part("broker-doing"), picture.doing(account.title));
}

function showTrouble({ trouble }) {
    document.querySelectorAll("[data-trouble]").forEach((button) => {
        button.setAttribute("aria-pressed", String(button.dataset.trouble === trouble));
    });
    const box = $("#trouble");
    box.hidden = !failure;
    if (failure) say(box, `In the broker's log: ${failure.message}`);
}

function verdict(text, good = true) {
    const line = $("#verdict");
    line.dataset.good = good;
    say(line, text);
    story.announce(text);
}

function requestsIn(count) {
    return count === 0 ? "no token request" : count === 1 ? "1 token request" : `${count} token requests`;
}

async function burst(many) {
    const before = counts.token ?? 0;
    const outcomes = await Promise.all(Array.from({ length: many }, call));
    // A look that was under way may have counted before the last call.
    await looking;
    await look();
    show();
    const served = outcomes.filter(Boolean).length;
    const requests = (counts.token ?? 0) - before;
    verdict(
        `${served} of ${many} ${many === 1 ? "call" : "calls"} served, with ${requestsIn(requests)}.`,
        served === many,
    );
}

async function cause(trouble) {
    await stage.trouble(account.name, trouble);
    tape.trouble(clock.now().wall, TROUBLES[trouble]);
    const text = trouble ? `Trouble: ${TROUBLES[trouble]}, at ${account.title}'s token endpoint.` : "Back to normal.";
    story.tell(clock.now().wall, trouble ? "warn" : "good", text);
    story.announce(text);
    await look();
}

async function sleep() {
    const goesOn = traffic.steady;
    traffic.stop();
    const night = $("#night");
    night.hidden = false;
    asleep = true;
    const from = clock.now().wall;
    clock.sleep(SLEEP_MS);
    tape.mark(from, clock.now().wall, "asleep");
    await look();
    await new Promise((resolve) =>
        setTimeout(resolve, matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 1200),
    );
    night.hidden = true;
    asleep = false;
    story.tell(clock.now().wall, "note", "The device slept for a minute.");
    story.announce("The device slept for a minute and is awake.");
    if (goesOn) traffic.start();
}

async function revoke() {
    await stage.revoke(account.name);
    tape.mark(clock.now().wall, clock.now().wall, "revoked");
    story.tell(clock.now().wall, "warn", `${account.title} revoked all tokens.`);
    story.announce("All tokens are revoked.");
}

function gone(error) {
    leaving = true;
    traffic.stop();
    verdict(`The server of this page does not answer; start it again. (${error.message})`, false);
}

async function startOver() {
    leaving = true;
    traffic.stop();
    await looking;
    await stage.startOver();
    location.reload();
}

function steady() {
    if (traffic.steady) traffic.stop();
    else traffic.start();
}

traffic.onchange = (on) => $("#steady").setAttribute("aria-pressed", String(on));
$("#one").addEventListener("click", () => burst(1));
$("#fifty").addEventListener("click", () => burst(50));
$("#steady").addEventListener("click", steady);
$("#revoke").addEventListener("click", revoke);
$("#sleep").addEventListener("click", sleep);
$("#over").addEventListener("click", startOver);
$("#normal").addEventListener("click", () => cause(null));
document.querySelectorAll("[data-trouble]").forEach((button) => {
    button.addEventListener("click", () =>
        cause(button.getAttribute("aria-pressed") === "true" ? null : button.dataset.trouble),
    );
});

for (const vendor of stage.about.vendors) {
    const [label, input, title] = ["label", "input", "span"].map((name) => document.createElement(name));
    Object.assign(input, {
        type: "radio",
        name: "vendor",
        value: vendor.name,
        checked: vendor === stage.about.vendors[0],
    });
    input.addEventListener("change", () => choose(vendor));
    title.textContent = vendor.title;
    label.append(input, title);
    $("#vendors").append(label);
}
choose(stage.about.vendors[0]);

let told = performance.now();
setInterval(() => {
    const now = performance.now();
    const speed = Number($("#speed input:checked").value);
    // Nobody gets far ahead of the sandbox: where that is slow, so is the time.
    if (speed > 1 && !asleep && !looking) clock.catchUp(clock.ahead + Math.min(now - told, 2 * TICK_MS) * (speed - 1));
    told = now;
    if (leaving) return;
    look().catch(gone);
    show();
}, TICK_MS);

const still = matchMedia("(prefers-reduced-motion: reduce)");
function paint() {
    tape.draw();
    if (still.matches) setTimeout(paint, 1000);
    else requestAnimationFrame(paint);
}
paint();
