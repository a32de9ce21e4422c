import Foundation

/// Runs one file after another on the package's public API.
struct Runner {
    let sandbox: Sandbox
    let library = Library()
    /// How long clients and sandbox may take to come to rest: long, for a machine that is busy with something else.
    let giveUp: TimeInterval

    func record(_ file: File) -> File.Record {
        file.record { count in
            try play(try Scenario(sandbox.filledIn(file.text)), count)
        }
    }

    private func play(_ scenario: Scenario, _ count: Count) throws {
        let world = try World(scenario, sandbox, library, giveUp: giveUp)
        let shown: Shown
        let tokens: [String: String]
        do {
            try steps(scenario, world, count)
            tokens = try sandbox.tokens(of: vendors)
            shown = try Shown(world)
        } catch var failure as Failure {
            // A token's name says more than the token.
            for (name, token) in try sandbox.tokens(of: vendors) {
                failure.detail = failure.detail.replacingOccurrences(of: token, with: name)
            }
            _ = world.stop()
            throw failure
        }
        if let left = world.stop() {
            throw Failure(.stuck, "left over after the clients were closed: \(left)")
        }
        count.made += 1
        try shown.check(scenario, tokens)
    }

    private func steps(_ scenario: Scenario, _ world: World, _ count: Count) throws {
        let check = Check(world, count)
        for (at, step) in scenario.steps.enumerated() {
            try placed(at) {
                try act(step, world, check)
                try world.settle()
            }
        }
        try check.end()
    }

    private func act(_ step: Action, _ world: World, _ check: Check) throws {
        switch step {
        case .control(let step):
            check.control(step)
            try sandbox.ask(step.method, step.path, step.body)
        case .begin(let begin):
            world.begin(begin)
        case .cancel(let call):
            world.cancel(call)
        case .invalidate(let client):
            world.source(client)?.invalidate()
        case .retry(let client):
            world.source(client)?.retry()
        case .logout(let client):
            world.source(client)?.logout()
        case .close(let client):
            world.source(client)?.close()
        case .credentialsChanged(let client, let credentials, let dropToken):
            try world.source(client)?.credentialsChanged(.of(credentials), dropToken: dropToken)
        case .advance(let ms):
            try world.advance(ms: ms)
        case .suspend(let ms):
            try world.suspend(ms: ms)
        case .stepWall(let ms):
            try world.stepWall(ms: ms)
        case .expect(let expect):
            try check.expect(expect)
        }
    }
}
