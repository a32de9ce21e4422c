import Foundation

/// Everything that tasks do, run by the runner alone, one piece after another: so it knows when nothing is left to do.
///
/// The concurrency runtime hands its hook every piece of work that may run on any thread; here they all run on the
/// thread that asks for it, in the order in which they came.
final class Loop: SerialExecutor {
    static let shared = Loop()

    private let jobs = Shared<[UnownedJob]>([])

    private typealias Original = @convention(thin) (UnownedJob) -> Void
    private typealias Hook = @convention(thin) (UnownedJob, Original) -> Void

    /// Takes the place of the threads that tasks would run on.
    func install() {
        guard let hook = dlsym(dlopen(nil, RTLD_NOW), "swift_task_enqueueGlobal_hook") else {
            fatalError("this runtime has no hook for its work")
        }
        hook.assumingMemoryBound(to: Hook?.self).pointee = { job, _ in Loop.shared.add(job) }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        add(UnownedJob(job))
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    private func add(_ job: UnownedJob) {
        jobs.withLock { $0.append(job) }
    }

    /// Runs what there is to do, and what comes of it; an answer is whether there was anything.
    func run() -> Bool {
        var hasRun = false
        while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
            job.runSynchronously(on: asUnownedSerialExecutor())
            hasRun = true
        }
        return hasRun
    }
}

/// A value that one thread at a time may touch.
final class Shared<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) {
        self.value = value
    }

    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
