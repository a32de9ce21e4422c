// The runner: one sandbox, one package, one file after another. Nothing here depends on the host.

import { Check } from "./check.js";
import { Failure, record, type Count, type File, type Record } from "./envelope.js";
import { VENDORS, type Action, type Scenario } from "./format.js";
import { clientOf, begins, parse } from "./parse.js";
import type { Evertoken } from "./provider.js";
import { Control, filledIn, type About } from "./sandbox.js";
import { Log, secrets, shown } from "./shown.js";
import { World, type Host } from "./world.js";

/** Runs files on the public API of the package and tells the result of each. */
export async function run(files: readonly File[], sandbox: About, evertoken: Evertoken, host: Host): Promise<Record[]> {
    await loaded(evertoken);
    const control = new Control(sandbox);
    const records: Record[] = [];
    for (const file of files) {
        const text = filledIn(file.text, sandbox);
        records.push(await record({ ...file, text }, (count) => play(parse(text), control, evertoken, host, count)));
    }
    return records;
}

/** Loads the machine: no file's clients are ever still busy with that. */
async function loaded(evertoken: Evertoken): Promise<void> {
    const client = evertoken.createClient({ provider: evertoken.fixed("unused-test-token", { api: "http://localhost" }) });
    await client.ready();
    client.close();
}

async function play(scenario: Scenario, control: Control, evertoken: Evertoken, host: Host, count: Count): Promise<void> {
    const log = new Log();
    const world = await World.begin(control, host, evertoken, scenario);
    let texts: string[];
    let tokens: Map<string, string>;
    let left: string | undefined;
    try {
        await steps(scenario, world, count);
        tokens = await control.tokens(VENDORS);
        texts = [...shown(world), ...log.texts];
    } catch (error) {
        throw error instanceof Failure ? await named(error, control) : error;
    } finally {
        left = await world.stop();
        log.end();
    }
    if (left !== undefined) {
        throw new Failure("stuck", `left over after the clients were closed: ${left}`);
    }
    count.made += 1;
    const hidden = secrets(scenario, tokens.values());
    for (const text of texts) {
        if (hidden.some((secret) => text.includes(secret))) {
            throw new Failure("secret_shown", `a secret stands in: ${text}`);
        }
    }
}

/** A token's name says more than the token. */
async function named(failure: Failure, control: Control): Promise<Failure> {
    for (const [name, token] of await control.tokens(VENDORS)) {
        failure.detail = failure.detail.replaceAll(token, name);
    }
    return failure;
}

async function steps(scenario: Scenario, world: World, count: Count): Promise<void> {
    const check = new Check(world, count);
    for (const [at, step] of scenario.steps.entries()) {
        try {
            await act(step, world, check);
            await world.settle();
        } catch (error) {
            if (error instanceof Failure) {
                error.step = at;
            }
            throw error;
        }
    }
    await check.end();
}

async function act(step: Action, world: World, check: Check): Promise<void> {
    if (begins(step)) {
        world.begin(step);
        return;
    }
    const client = world.client(clientOf(step));
    switch (step.does) {
        case "control": {
            check.control(step.of);
            const { ok, status, text } = await world.control.send(step.of.method, step.of.path, step.of.body);
            if (!ok) {
                throw new Failure("malformed", `the sandbox answers ${status}: ${text}`);
            }
            break;
        }
        case "cancel":
            world.cancel(step.of.call);
            break;
        case "invalidate":
            client?.invalidate();
            break;
        case "retry":
            client?.retry();
            break;
        case "logout":
            client?.logout();
            break;
        case "close":
            client?.close();
            break;
        case "credentials_changed": {
            const { credentials, drop_token: dropToken = false } = step.of;
            client?.credentialsChanged({ credentials, dropToken });
            break;
        }
        case "advance":
            await world.advance(step.of.ms);
            break;
        case "suspend":
            await world.suspend(step.of.ms);
            break;
        case "step_wall":
            await world.stepWall(step.of.ms);
            break;
        case "expect":
            await check.expect(step.of);
            break;
    }
}
