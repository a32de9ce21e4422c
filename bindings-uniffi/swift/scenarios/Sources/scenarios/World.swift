import Evertoken
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// One file's clients, calls and time: how they come to rest, and how time passes between two rests.
final class World {
    /// A client, or why it could not be made.
    enum Client {
        case source(TokenSource)
        case error(EvertokenError)
    }

    let sandbox: Sandbox
    private(set) var calls: [String: [Call]] = [:]
    private(set) var clients: [String: Client] = [:]
    private let told: [String: Shared<[TokenSource.Event]>]
    private let clock: VirtualClock
    private let library: Library
    private var door: Door { library.door }
    private let giveUp: TimeInterval

    /// Begins anew at the sandbox and makes the clients of a file.
    init(_ scenario: Scenario, _ sandbox: Sandbox, _ library: Library, giveUp: TimeInterval) throws {
        try sandbox.reset(atMs: VirtualClock.start)
        library.door.reset()
        self.library = library
        self.sandbox = sandbox
        self.giveUp = giveUp
        clock = VirtualClock(entropy: scenario.entropy)
        told = scenario.clients.mapValues { _ in Shared([]) }
        for (name, spec) in scenario.clients {
            clients[name] = try client(name, spec)
        }
    }

    /// A client that cannot be made is one whose calls all fail so.
    private func client(_ name: String, _ spec: ClientSpec) throws -> Client {
        do {
            let options = TokenSource.Options(
                policy: try spec.madePolicy(), clock: clock, dangerouslyAllowSecretInApp: true)
            let source = try TokenSource(try spec.made(), transport: library.transport, options: options)
            let events = source.events()
            Task.detached { [told = told[name]] in
                for await event in events {
                    told?.withLock { $0.append(event) }
                }
            }
            return .source(source)
        } catch let error as EvertokenError {
            return .error(error)
        }
    }

    /// A client, if it could be made.
    func source(_ name: String) -> TokenSource? {
        if case .source(let source) = clients[name] { source } else { nil }
    }

    func events(_ client: String) -> [TokenSource.Event] {
        told[client]?.withLock { $0 } ?? []
    }

    /// Begins the calls of a step, all of them before any runs on.
    func begin(_ begin: Begin) {
        calls[begin.call] = (0..<begin.times).map { _ in
            switch clients[begin.client] {
            case .source(let source): Call(begin.does, of: source, over: library.session)
            case .error(let error): Call(ended: .error(error))
            case nil: Call(ended: .crash(Failure(.missingStep, begin.client)))
            }
        }
    }

    func cancel(_ name: String) {
        for call in calls[name] ?? [] {
            call.cancel()
        }
    }

    /// Waits until no client can do anything and the sandbox holds every request that has no answer yet.
    func settle() throws {
        let began = Date()
        while true {
            try runClients(began)
            let traffic = door.traffic
            let idle = try sandbox.idle(received: traffic.begun)
            let waiting = traffic.begun - traffic.ended
            if idle.idle && idle.received >= traffic.begun && idle.held + idle.delayed == waiting {
                let before = pulse
                try runClients(began)
                if pulse == before {
                    return
                }
            }
            if -began.timeIntervalSinceNow > giveUp {
                let clients = "the clients have begun \(traffic.begun) requests and wait for \(waiting)"
                let held = "the sandbox has received \(idle.received), holds \(idle.held) and delays \(idle.delayed)"
                throw Failure(.stuck, "no rest after \(giveUp) s: \(clients); \(held)")
            }
        }
    }

    private func runClients(_ began: Date) throws {
        for name in clients.keys.sorted() {
            _ = try source(name)?.explain()
        }
        while Loop.shared.run() || clock.fireSoon() {
            if -began.timeIntervalSinceNow > giveUp {
                throw Failure(.stuck, "a client goes on and on without coming to rest")
            }
        }
    }

    /// What changes when a client does something.
    private var pulse: [Int] {
        let traffic = door.traffic
        let events = told.values.map { $0.withLock { $0.count } }.reduce(0, +)
        return [traffic.begun, traffic.ended, waiting, events, clock.fired]
    }

    private var waiting: Int {
        calls.values.joined().filter { $0.returned == nil }.count
    }

    /// Moves all clocks, stopping wherever an answer or a timer is due.
    func advance(ms: Int) throws {
        try settle()
        var left = ms
        repeat {
            let step = try [left, clock.nextDueMs, sandbox.nextAnswerMs()].compactMap { $0 }.min() ?? left
            // The clients' clocks first: while the sandbox's is moved, answers that are due may come already.
            clock.advance(ms: step)
            try sandbox.advance(ms: step)
            left -= step
            try settle()
            if clock.fire() {
                try settle()
            }
        } while left > 0 || clock.nextDueMs == 0
    }

    /// Moves the sandbox and the clients' wall clock, as a sleep of the machine does.
    func suspend(ms: Int) throws {
        try settle()
        clock.stepWall(ms: ms)
        try sandbox.advance(ms: ms)
        try settle()
    }

    /// Sets the clients' wall clock.
    func stepWall(ms: Int) throws {
        try settle()
        clock.stepWall(ms: ms)
        try settle()
    }

    /// Ends all calls and clients; tells what of them goes on after that.
    func stop() -> String? {
        for name in clients.keys.sorted() {
            source(name)?.close()
        }
        calls.keys.forEach(cancel)
        let began = Date()
        while true {
            while Loop.shared.run() || clock.fireSoon() {}
            let traffic = door.traffic
            let requests = traffic.begun - traffic.ended
            if waiting == 0 && clock.timers == 0 && requests == 0 {
                return nil
            }
            if -began.timeIntervalSinceNow > giveUp {
                return "\(waiting) calls, \(clock.timers) timers and \(requests) requests"
            }
            Thread.sleep(forTimeInterval: 0.001)
        }
    }
}
