import type { Api, Grant, Machine } from "#glue";

import type { ClientOptions, Clock, Credentials, Explanation, Reason } from "../types/index.js";
import { camel, renamed, snake } from "./casing.js";
import { checked, type Field } from "./credentials.js";
import { errorOf, refused, type EvertokenError, type Failure } from "./errors.js";
import type { Listeners } from "./events.js";
import { explanation, type Explained } from "./explanation.js";
import { fly, type Ended, type Start } from "./flight.js";
import { guarded, isTrap, type Glue } from "./glue.js";
import { isWorkerd, type Context } from "./host.js";
import type { Internals } from "./providers.js";
import { Snapshot, type Held } from "./snapshot.js";
import type { Answer, Input, Seat, Step } from "./step.js";
import { Tabs, type SharedToken, type TabsHost } from "./tabs.js";

/** The loop between callers and the machine: it carries out what the machine says, and decides nothing. */
export class Shell {
    /** The token that callers use by themselves. */
    snapshot: Snapshot | undefined;
    readonly api: Api;
    credentials: Credentials | undefined;
    /** How long a call may wait that does not say. */
    readonly patienceMs: number;
    readonly #machine: Machine;
    #grant: Grant;
    readonly #fields: readonly Field[];
    readonly #policy: object | undefined;
    readonly #seats = new Map<number, Seat>();
    readonly #flights = new Map<number, AbortController>();
    readonly #causes = new Map<string, unknown>();
    readonly #tabsHost: TabsHost;
    /** Opened with the first attempt; after a logout a tab takes no token before it wants one itself. */
    #tabs: Tabs | undefined;
    /** What the last attempt ends with, for all who wait: in workerd only a promise that all share works for all. */
    #flight: Promise<void> | undefined;
    #isClosed = false;
    /** What the machine broke off with; it is not asked again. */
    #trap: unknown;
    readonly #bodyLimit: number;
    #waitUntil: ClientOptions["waitUntil"];

    constructor(
        readonly glue: Glue,
        readonly options: ClientOptions,
        readonly provider: Internals,
        readonly clock: Clock,
        readonly listeners: Listeners,
        readonly context: Context,
    ) {
        this.credentials = provider.credentials;
        this.#waitUntil = options.waitUntil;
        this.#policy = renamed(options.policy, snake);
        this.#grant = this.#granted(this.credentials);
        this.#machine = machineOf(glue, this.#policy);
        this.patienceMs = guarded(() => this.#machine.patienceMs);
        this.#bodyLimit = guarded(() => this.#machine.bodyLimit);
        this.#fields = guarded(() => this.#grant.fields as readonly Field[]);
        this.api = guarded(() => this.#grant.api);
        this.#tabsHost = { clock, held: () => this.#shareable(), adopt: (token) => this.#adopt(token) };
    }

    /** Gets a token from the machine, waiting as long as it says. */
    async obtain(minValidMs: number, patienceMs: number | undefined, signal?: AbortSignal | null): Promise<Snapshot> {
        const until = this.#mono() + (patienceMs ?? this.patienceMs);
        let waited = false;
        for (;;) {
            signal?.throwIfAborted();
            const left = Math.max(0, until - this.#mono());
            const step = this.#enter((machine, ...now) => machine.want(...now, minValidMs, left, waited) as Step);
            const { verdict } = step;
            switch (verdict.type) {
                case "use":
                case "retry_with":
                    await this.#kept(step, left, signal);
                    return this.#shared(verdict.snapshot);
                case "wait": {
                    const answer = await this.#answer(verdict.ticket, verdict.untilMono, signal);
                    if (answer !== undefined) {
                        return this.#got(answer);
                    }
                    waited = true;
                    break;
                }
                case "retry_after":
                    await this.rest(Math.min(verdict.ms, left), signal);
                    break;
                default:
                    return this.#got(verdict.type === "fail" ? verdict : {});
            }
        }
    }

    /** Says with which token a rejected call is sent again; none gives the caller the API's own answer. */
    async recover(rejected: Snapshot, replayable: boolean, retried: boolean, signal?: AbortSignal | null): Promise<Snapshot | undefined> {
        const { generation } = rejected.held;
        const patience = this.patienceMs;
        const until = this.#mono() + patience;
        const { verdict } = this.#enter(
            (machine, ...now) => machine.rejected(...now, generation, replayable, retried, patience) as Step,
        );
        switch (verdict.type) {
            case "use":
            case "retry_with":
                return this.#shared(verdict.snapshot);
            case "wait": {
                const answer = await this.#answer(verdict.ticket, verdict.untilMono, signal);
                const other = answer?.snapshot;
                return other === undefined || other.generation === generation ? undefined : this.#shared(other);
            }
            case "retry_after": {
                if (verdict.ms > patience) {
                    return undefined;
                }
                await this.rest(verdict.ms, signal);
                try {
                    return await this.obtain(0, Math.max(0, until - this.#mono()), signal);
                } catch (error) {
                    signal?.throwIfAborted();
                    return undefined;
                }
            }
            default:
                return undefined;
        }
    }

    /** Returns the held token if it serves by comparing numbers; in the window the machine is asked on the way. */
    held(): Snapshot | undefined {
        const { snapshot } = this;
        const now = this.clock.now();
        if (snapshot === undefined || snapshot.isFresh(now)) {
            return snapshot;
        }
        if (!snapshot.isUsable(now)) {
            return undefined;
        }
        this.#enter((machine, ...at) => machine.want(...at, 0, 0, true) as Step);
        return snapshot;
    }

    /** Returns the same, but nothing where what that begins would be lost: then it has to be awaited with `obtain`. */
    usable(): Snapshot | undefined {
        const { snapshot } = this;
        if (snapshot?.isFresh(this.clock.now()) === true) {
            return snapshot;
        }
        return this.#losesFlights() ? undefined : this.held();
    }

    invalidate(): void {
        this.#enter((machine, ...now) => machine.invalidate(...now) as Step);
    }

    retry(): void {
        this.#enter((machine, ...now) => machine.retry(...now) as Step);
    }

    credentialsChanged(credentials: Credentials | undefined, dropToken: boolean): void {
        if (credentials !== undefined) {
            this.#grant = this.#granted(credentials);
            this.credentials = credentials;
            // They may be of somebody else, who shares no tokens with those before.
            this.#closeTabs();
        }
        this.#enter((machine, ...now) => machine.credentialsChanged(...now, dropToken) as Step);
    }

    logout(): void {
        this.#enter((machine, ...now) => machine.logout(...now) as Step);
        this.#closeTabs();
    }

    close(): void {
        if (this.#isClosed) {
            return;
        }
        this.#isClosed = true;
        this.#despiteTrap(() => this.#enter((machine, ...now) => machine.close(...now) as Step));
        this.#closeTabs();
    }

    /** Says what the machine does and will do next. */
    explain(): Explanation {
        const { mono, wall } = this.clock.now();
        return this.#ask((machine) => {
            const words = machine.explainInWords(mono, wall);
            return explanation(machine.explain(mono, wall) as Explained, words);
        });
    }

    /** Lets everybody who waits look again: timers may have stood still. */
    lookAgain(): void {
        this.#tick();
        this.#wakeAll();
    }

    /** The network is back: a pause after failures is over. A client that nobody uses goes on doing nothing. */
    online(): void {
        this.#despiteTrap(() => {
            if (this.#seats.size > 0 || this.explain().flight.state === "paused") {
                this.retry();
            }
        });
    }

    /** Waits so many milliseconds. */
    async rest(ms: number, signal?: AbortSignal | null): Promise<void> {
        await this.#pause({}, ms, signal);
        signal?.throwIfAborted();
    }

    /** Hands the machine an input and carries out what comes of it. */
    #enter(input: Input): Step {
        const { mono, wall } = this.clock.now();
        const step = this.#ask((machine) => input(machine, mono, wall, this.clock.entropy()));
        this.#publish(step.published);
        for (const attempt of step.givenUp) {
            this.#flights.get(attempt)?.abort();
            this.#flights.delete(attempt);
        }
        for (const start of step.starts) {
            const why = step.events.find(({ type, attempt }) => type === "started" && attempt === start.attempt);
            this.#start(start, (why?.["reason"] ?? "absent") as Reason);
        }
        for (const { ticket, ...answer } of step.settled) {
            const seat = this.#seats.get(ticket);
            if (seat !== undefined) {
                seat.answer = answer;
                seat.wake?.();
            }
        }
        if (step.alarmIsEarlier) {
            this.#wakeAll();
        }
        if (step.events.length > 0) {
            // Not now: a listener may call the client, and whoever brought this input has no seat yet.
            queueMicrotask(() => step.events.forEach((event) => this.listeners.tell(event)));
        }
        return step;
    }

    /** Asks the machine; if it breaks off, everybody who waits is told so, and whoever comes later. */
    #ask<T>(call: (machine: Machine) => T): T {
        if (this.#trap !== undefined) {
            throw this.#trap;
        }
        try {
            return guarded(() => call(this.#machine));
        } catch (error) {
            if (isTrap(error)) {
                this.#trap = error;
                this.snapshot = undefined;
                this.#wakeAll();
            }
            throw error;
        }
    }

    /** Does what has no caller to hear of a trap. */
    #despiteTrap<T>(act: () => T): T | undefined {
        try {
            return act();
        } catch (error) {
            if (error !== this.#trap) {
                throw error;
            }
            return undefined;
        }
    }

    /** Credentials may name the client, which is part of what a token is for. */
    #granted(credentials: Credentials | undefined): Grant {
        const known = typeof credentials === "object" ? checked(credentials) : {};
        const named = Object.entries({ ...renamed(known, snake), ...known });
        return guarded(() => new this.glue.Grant(this.provider.grant, named.flat()));
    }

    #publish(held: Held | null): void {
        const now = this.snapshot?.held;
        if (held === null) {
            this.snapshot = undefined;
        } else if (now?.generation !== held.generation || now.revision !== held.revision) {
            this.snapshot = new Snapshot(held);
        }
    }

    #start(start: Start, reason: Reason): void {
        const controller = new AbortController();
        this.#flights.set(start.attempt, controller);
        const flight = this.context(() => this.#fly(start, reason, controller)).finally(() => {
            // Who waits for the next attempt would be woken by the one that is over, again and again.
            this.#flight = this.#flight === flight ? undefined : this.#flight;
        });
        this.#flight = flight;
        try {
            this.#waitUntil?.(flight);
        } catch {
            // Taken off its context, or called outside of a request: as if there were none.
            this.#waitUntil = undefined;
        }
    }

    /** Runs an attempt and reports its end; never rejects. */
    async #fly(start: Start, reason: Reason, { signal }: AbortController): Promise<void> {
        const overdue = this.clock.setTimer(start.abortAfterMs, () => this.#tick(), true);
        let ended: Ended | undefined;
        this.#tabs ??= this.#openTabs();
        const turn = await this.#tabs?.turn(signal);
        try {
            if (turn === undefined || turn.mine) {
                // A function of the user's may not heed the signal, and never end.
                const givenUp = new Promise<undefined>((resolve) => signal.addEventListener("abort", () => resolve(undefined)));
                ended = await Promise.race([this.#attempt(start, reason, signal), givenUp]);
            }
        } finally {
            overdue();
            const granted = this.#despiteTrap(() => this.#report(start.attempt, ended));
            if (granted !== undefined) {
                turn?.share(granted, reason === "rejected");
            }
            turn?.release();
        }
    }

    #attempt(start: Start, reason: Reason, signal: AbortSignal): Promise<Ended> {
        const flight = {
            glue: this.glue,
            grant: this.#grant,
            provider: this.provider,
            fields: this.#fields,
            credentials: this.credentials,
            fetch: this.options.fetch,
            policy: this.#policy,
            bodyLimit: this.#bodyLimit,
            clock: this.clock,
            signal,
            reason,
        };
        return fly(flight, start);
    }

    /** Tells the machine how an attempt has ended; returns a token that it has brought for others, too. */
    #report(attempt: number, ended: Ended | undefined): SharedToken | undefined {
        if (!this.#flights.delete(attempt)) {
            return undefined;
        }
        const code = ended?.exchange.failureCode;
        if (code !== undefined) {
            this.#causes.set(code, ended?.cause);
        } else if (ended !== undefined) {
            this.#causes.clear();
        }
        const { events } = this.#enter((machine, ...now) => machine.finished(...now, attempt, ended?.exchange) as Step);
        // A token without a life of its own has no generation.
        return events.some(({ type, generation }) => type === "granted" && generation !== 0) ? this.#shareable() : undefined;
    }

    /** Waits for the answer of a ticket; none if `untilMono` comes first. */
    async #answer(ticket: number, untilMono: number, signal?: AbortSignal | null): Promise<Answer | undefined> {
        const seat: Seat = {};
        this.#seats.set(ticket, seat);
        try {
            for (;;) {
                const { mono, wall } = this.clock.now();
                const left = untilMono - mono;
                if (left <= 0 || seat.answer !== undefined) {
                    return seat.answer;
                }
                const alarm = this.#ask((machine) => machine.alarmMs(mono, wall)) ?? left;
                await this.#pause(seat, Math.min(left, alarm), signal);
                signal?.throwIfAborted();
                this.#tick();
            }
        } finally {
            this.#seats.delete(ticket);
        }
    }

    /** Waits until there is news for a seat, a flight has ended, the caller has gone, or the time is over. */
    #pause(seat: Seat, ms: number, signal?: AbortSignal | null): Promise<void> {
        return new Promise((resolve) => {
            const wake = (): void => {
                cancel();
                signal?.removeEventListener("abort", wake);
                // An earlier pause's flight may end under a later pause.
                if (seat.wake === wake) {
                    delete seat.wake;
                }
                resolve();
            };
            const cancel = this.clock.setTimer(ms, wake);
            seat.wake = wake;
            signal?.addEventListener("abort", wake, { once: true });
            void this.#flight?.then(wake);
            if (signal?.aborted === true) {
                wake();
            }
        });
    }

    /** Tells the machine that its wake-up has come, if it has. */
    #tick(): void {
        const { mono, wall } = this.clock.now();
        this.#despiteTrap(() => {
            if (this.#ask((machine) => machine.alarmMs(mono, wall)) === 0) {
                this.#enter((machine, ...now) => machine.tick(...now) as Step);
            }
        });
    }

    #wakeAll(): void {
        for (const seat of this.#seats.values()) {
            seat.wake?.();
        }
    }

    /** In workerd a refresh that nobody waits for would end with the request that began it. */
    async #kept(step: Step, ms: number, signal?: AbortSignal | null): Promise<void> {
        if (step.starts.length > 0 && this.#losesFlights()) {
            await this.rest(ms, signal);
        }
    }

    #losesFlights(): boolean {
        return this.#waitUntil === undefined && isWorkerd();
    }

    #got(answer: Answer): Snapshot {
        if (answer.snapshot !== undefined) {
            return this.#shared(answer.snapshot);
        }
        const failure = answer.failure ?? (this.glue.failure("misuse", "the machine gave no token and no reason") as Failure);
        throw errorOf(failure, this.#causes.get(failure.code));
    }

    /** Returns the one that all share where it is the same. */
    #shared(held: Held): Snapshot {
        const current = this.snapshot;
        const isCurrent = current?.held.generation === held.generation && current.held.revision === held.revision;
        return isCurrent ? current : new Snapshot(held);
    }

    #openTabs(): Tabs | undefined {
        // A function does not say whose credentials it gives: tabs that share have to name whose session it is.
        const { tabs = typeof this.credentials !== "function" } = this.options;
        if (tabs === false || this.#grant.endpoint === "") {
            return undefined;
        }
        const session = typeof tabs === "string" ? tabs : "";
        return Tabs.open(`evertoken ${this.#grant.key} ${session}`, this.#tabsHost);
    }

    #closeTabs(): void {
        this.#tabs?.close();
        this.#tabs = undefined;
    }

    #adopt(token: SharedToken): boolean {
        const { headerName, headerValue, issuedAtWall, lifetimeMs, remainingMs } = token;
        const { events } = this.#enter(
            (machine, ...now) =>
                machine.adopt(...now, headerName, headerValue, token.token, issuedAtWall, lifetimeMs, remainingMs) as Step,
        );
        return events.some(({ type }) => type === "adopted");
    }

    #shareable(): SharedToken | undefined {
        const { mono, wall } = this.clock.now();
        return this.#despiteTrap(() => this.#ask((machine) => machine.shared(mono, wall) as SharedToken | undefined));
    }

    #mono(): number {
        return this.clock.now().mono;
    }
}

/** Makes a machine; what is wrong with the policy is said in the names that the user wrote. */
function machineOf({ Machine }: Glue, policy: object | undefined): Machine {
    try {
        return guarded(() => new Machine(policy));
    } catch (error) {
        const { code, description = "", fix } = error as EvertokenError;
        throw code === "invalid_option" ? refused(camel(description), fix) : error;
    }
}
