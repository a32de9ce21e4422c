internal import EvertokenGlue
import Foundation

/// The loop between callers and the machine: it carries out what the machine says, and decides nothing.
final class Shell: Sendable {
    let provider: Provider
    let clock: any TokenClock
    let api: Api
    /// How long a call waits that does not say.
    let patience: UInt64

    private let transport: any TokenTransport
    private let policy: [String: UInt64]
    private let variables: [String: String]
    private let bodyLimit: Int
    private let machine: any MachineProtocol
    private let state: Locked<State>
    private let listeners = Listeners()
    /// What callers use by themselves; it changes under the lock of the state and is read without.
    private let published = Locked<Held?>(nil)

    private struct State {
        var grant: Grant
        var credentials: Credentials
        var seats: [UInt64: Seat] = [:]
        var answers: [UInt64: Answer] = [:]
        var flights: [UInt64: Task<Void, Never>] = [:]
        var causes: [String: any Error] = [:]
        /// What the machine broke off with; it is not asked again.
        var breakOff: EvertokenError?
    }

    init(
        _ provider: Provider,
        _ transport: any TokenTransport,
        _ options: TokenSource.Options,
        machine: (any MachineProtocol)? = nil
    ) throws {
        let grant = try provider.grant(for: provider.credentials)
        let machine = try machine ?? Self.machine(options.policy)
        self.provider = provider
        self.transport = transport
        self.machine = machine
        clock = options.clock
        policy = options.policy.numbers
        variables = try guarded { try grant.fields() }.reduce(into: [:]) { $0[$1.name] = $1.env }
        api = try guarded { try grant.api() }
        bodyLimit = Int(clamping: try guarded { try machine.bodyLimitBytes() })
        patience = try options.patience?.millis(named: "patience") ?? guarded { try machine.patienceMs() }
        state = Locked(State(grant: grant, credentials: provider.credentials))
    }

    deinit {
        let flights = state.withLock { $0.flights }
        for flight in flights.values {
            flight.cancel()
        }
        listeners.end()
    }

    // MARK: What callers ask for

    /// Gets a token from the machine, waiting as long as it says.
    func obtain(minValid: UInt64, patience: UInt64) async throws -> Held {
        guard !isReentered else { throw EvertokenError(.reentrant) }
        let until = clock.now().mono + patience
        var hasWaited = false
        while true {
            try Task.checkCancellation()
            let left = until.minus(clock.now().mono)
            switch try enter({ try $0.want(now: $1, minValidMs: minValid, patienceMs: left, waited: hasWaited) }) {
            case .use(let held):
                return held
            case .wait(let seat):
                if let answer = try await answer(for: seat) {
                    return try got(answer)
                }
                hasWaited = true
            case .rest(let millis):
                try await rest(min(millis, left))
            case .fail(let error):
                throw error
            case .surface:
                throw EvertokenError(.misuse, "the machine gave no token and no reason")
            }
        }
    }

    /// Says with which token a rejected call is sent again; none gives the caller the API's own answer.
    func recover(_ rejected: Held, isReplayable: Bool, isRetry: Bool, patience: UInt64) async throws -> Held? {
        guard !isReentered else { return nil }
        let generation = rejected.snapshot.generation
        let until = clock.now().mono + patience
        let ruling = try enter { machine, now in
            try machine.rejected(
                now: now,
                generation: generation,
                replayable: isReplayable,
                retried: isRetry,
                patienceMs: patience
            )
        }
        switch ruling {
        case .use(let held):
            return held
        case .wait(let seat):
            guard case .token(let snapshot) = try await answer(for: seat), snapshot.generation != generation else {
                return nil
            }
            return shared(snapshot)
        case .rest(let millis) where millis <= patience:
            try await rest(millis)
            do {
                return try await obtain(minValid: 0, patience: until.minus(clock.now().mono))
            } catch is EvertokenError {
                return nil
            }
        case .rest, .fail, .surface:
            return nil
        }
    }

    /// Returns the held token if it serves by comparing numbers; in the window the machine is asked on the way.
    func held() throws -> Held? {
        guard let held = published.withLock({ $0 }) else { return nil }
        let now = clock.now()
        if held.isFresh(now) {
            return held
        }
        guard held.isUsable(now) else { return nil }
        _ = try enter { try $0.want(now: $1, minValidMs: 0, patienceMs: 0, waited: true) }
        return held
    }

    func invalidate() throws {
        _ = try enter { try $0.invalidate(now: $1) }
    }

    func retry() throws {
        _ = try enter { try $0.retry(now: $1) }
    }

    func credentialsChanged(_ credentials: Credentials?, dropToken: Bool) throws {
        let grant = try credentials.map { try provider.grant(for: $0) }
        _ = try locked { state, errands in
            if let credentials, let grant {
                errands.released += [state.grant, state.credentials]
                state.grant = grant
                state.credentials = credentials
            }
            return try apply(&state, &errands) { try $0.credentialsChanged(now: $1, dropToken: dropToken) }
        }
    }

    func logout() throws {
        _ = try enter { try $0.logout(now: $1) }
    }

    func close() throws {
        defer { listeners.end() }
        _ = try enter { try $0.close(now: $1) }
    }

    func explain() throws -> TokenSource.Explanation {
        try locked { state, errands in
            TokenSource.Explanation(try ask(&state, &errands) { try $0.explain(now: Instant(clock.now())) })
        }
    }

    func events() -> AsyncStream<TokenSource.Event> {
        listeners.stream()
    }

    private var isReentered: Bool { Reentry.works.contains { $0.isUnderWay(of: self) } }

    // MARK: The machine

    /// Hands the machine an input and carries out what comes of it.
    private func enter(_ input: (any MachineProtocol, Now) throws -> Step) throws -> Ruling {
        try locked { state, errands in try apply(&state, &errands, input) }
    }

    /// Does what needs the lock, and then what must not have it.
    private func locked<Result>(_ body: (inout State, inout Errands) throws -> Result) throws -> Result {
        var errands = Errands()
        defer { errands.carryOut(listeners) }
        return try state.withLock { try body(&$0, &errands) }
    }

    /// Asks the machine; if it breaks off, everybody who waits is told so, and whoever comes later.
    private func ask<Result>(
        _ state: inout State,
        _ errands: inout Errands,
        _ question: (any MachineProtocol) throws -> Result
    ) throws -> Result {
        if let breakOff = state.breakOff {
            throw breakOff
        }
        do {
            return try question(machine)
        } catch Refusal.Failed(let failure) {
            throw EvertokenError(failure)
        } catch {
            let breakOff = EvertokenError(brokenOff: error)
            breakDown(&state, &errands, breakOff)
            throw breakOff
        }
    }

    private func breakDown(_ state: inout State, _ errands: inout Errands, _ breakOff: EvertokenError) {
        state.breakOff = breakOff
        publish(nil)
        errands.woken += state.seats.values
        errands.aborted += state.flights.values
        state.flights = [:]
    }

    private func apply(
        _ state: inout State,
        _ errands: inout Errands,
        _ input: (any MachineProtocol, Now) throws -> Step
    ) throws -> Ruling {
        let step = try ask(&state, &errands) { machine in
            let now = clock.now()
            return try input(machine, Now(mono: now.mono, wall: now.wall, entropy: clock.entropy()))
        }
        publish(step.published)
        errands.aborted += step.givenUp.compactMap { state.flights.removeValue(forKey: $0) }
        for settled in step.settled {
            if let seat = state.seats[settled.ticket] {
                state.answers[settled.ticket] = settled.answer
                errands.woken.append(seat)
            }
        }
        if step.alarmIsEarlier {
            errands.woken += state.seats.values
        }
        for start in step.starts {
            state.flights[start.attempt] = task(of: start, state)
        }
        if !step.events.isEmpty && !listeners.isEmpty {
            listeners.add(step.events.map { TokenSource.Event($0) })
            errands.tellsEvents = true
        }
        return ruling(step.verdict, &state)
    }

    private func ruling(_ verdict: Verdict, _ state: inout State) -> Ruling {
        switch verdict {
        case .use(let snapshot), .retryWith(let snapshot):
            return .use(shared(snapshot))
        case .wait(let ticket, let until):
            let seat = Seat(ticket: ticket, until: until)
            state.seats[ticket] = seat
            return .wait(seat)
        case .retryAfter(let millis):
            return .rest(millis)
        case .fail(let failure):
            return .fail(EvertokenError(failure, underlying: state.causes[failure.code]))
        case .surface, .done:
            return .surface
        }
    }

    private func publish(_ snapshot: Snapshot?) {
        published.withLock { held in
            if let snapshot, let same = held, same.isSame(as: snapshot) {
                return
            }
            held = snapshot.map { Held($0) }
        }
    }

    /// Returns the one that all share where it is the same.
    private func shared(_ snapshot: Snapshot) -> Held {
        if let held = published.withLock({ $0 }), held.isSame(as: snapshot) {
            return held
        }
        return Held(snapshot)
    }

    private func got(_ answer: Answer) throws -> Held {
        switch answer {
        case .token(let snapshot):
            return shared(snapshot)
        case .failed(let failure):
            throw EvertokenError(failure, underlying: state.withLock { $0.causes[failure.code] })
        }
    }

    private static func machine(_ policy: TokenSource.Policy) throws -> Machine {
        do {
            return try Machine(policy: policy.numbers)
        } catch Refusal.Failed(let failure) {
            let detail = failure.description.map(TokenSource.Policy.renamed)
            throw EvertokenError(EvertokenError.Code(rawValue: failure.code), detail, fix: failure.fix)
        } catch {
            throw EvertokenError(brokenOff: error)
        }
    }

    // MARK: Flights

    /// Begins an attempt, which belongs to no caller and does not keep the source alive.
    private func task(of start: Start, _ state: State) -> Task<Void, Never> {
        let flight = Flight(
            start: start,
            grant: state.grant,
            provider: provider,
            credentials: state.credentials,
            variables: variables,
            transport: transport,
            clock: clock,
            policy: policy,
            bodyLimit: bodyLimit
        )
        let work = Reentry.Work(of: self)
        let works = Reentry.works + [work]
        return Task.detached { [weak self] in
            let cancelAlarm = flight.clock.schedule(afterMillis: start.abortAfterMs) { [weak self] in
                self?.lookAtClock()
            }
            let end = await Reentry.$works.withValue(works) { await flight.fly() }
            work.end()
            cancelAlarm()
            self?.report(start.attempt, end)
        }
    }

    /// Tells the machine how an attempt has ended, unless it was given up.
    private func report(_ attempt: UInt64, _ end: Flight.End) {
        // Who waits hears of a machine that breaks off here.
        _ = try? locked { state, errands in
            guard let task = state.flights.removeValue(forKey: attempt) else { return }
            errands.released.append(task)
            switch end {
            case .brokenOff(let error):
                breakDown(&state, &errands, error)
            case .exchange(let exchange, let code, let cause):
                errands.released.append(state.causes)
                if let code {
                    state.causes[code] = cause
                } else {
                    state.causes = [:]
                }
                _ = try apply(&state, &errands) { try $0.finished(now: $1, attempt: attempt, exchange: exchange) }
            }
        }
    }

    /// Tells the machine of the time where nobody waits.
    private func lookAtClock() {
        // Who comes next hears of a machine that breaks off here.
        try? locked { state, errands in try tick(&state, &errands) }
    }

    // MARK: Waiting

    /// Waits for the answer of a seat; none if its time is over.
    private func answer(for seat: Seat) async throws -> Answer? {
        defer { leave(seat) }
        while true {
            switch try look(at: seat) {
            case .answered(let answer):
                return answer
            case .over:
                return nil
            case .waits(let millis):
                let cancelAlarm = clock.schedule(afterMillis: millis) { seat.wakeup.set() }
                await seat.wakeup.wait()
                cancelAlarm()
                try Task.checkCancellation()
            }
        }
    }

    private enum Look {
        case answered(Answer)
        case waits(UInt64)
        case over
    }

    /// Says what a caller at a seat does next; whoever waits also brings the wake-ups that are due.
    private func look(at seat: Seat) throws -> Look {
        try locked { state, errands in
            try tick(&state, &errands)
            if let answer = state.answers[seat.ticket] {
                return .answered(answer)
            }
            let now = clock.now()
            let left = seat.until.minus(now.mono)
            guard left > 0 else { return .over }
            let alarm = try ask(&state, &errands) { try $0.alarmMs(now: Instant(now)) }
            return .waits(min(left, alarm ?? left))
        }
    }

    private func leave(_ seat: Seat) {
        state.withLock { state in
            state.seats[seat.ticket] = nil
            state.answers[seat.ticket] = nil
        }
    }

    /// Waits so many milliseconds.
    private func rest(_ millis: UInt64) async throws {
        let wakeup = Wakeup()
        let cancelAlarm = clock.schedule(afterMillis: millis) { wakeup.set() }
        await wakeup.wait()
        cancelAlarm()
        try Task.checkCancellation()
    }

    /// Tells the machine that its wake-up has come, if it has.
    private func tick(_ state: inout State, _ errands: inout Errands) throws {
        let now = Instant(clock.now())
        if try ask(&state, &errands, { try $0.alarmMs(now: now) }) == 0 {
            _ = try apply(&state, &errands) { try $0.tick(now: $1) }
        }
    }
}

extension Shell: Redacted {
    var description: String { "Shell(\(provider.name))" }
}
