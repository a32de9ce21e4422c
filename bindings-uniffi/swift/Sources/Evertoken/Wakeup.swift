/// Wakes one task; a wake-up that comes before the wait is kept for it.
final class Wakeup: Sendable {
    private struct State {
        var isSet = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Locked(State())

    /// Wakes the task that waits, or the next one to wait.
    func set() {
        let waiter = state.withLock { state in
            let waiter = state.waiter
            state.waiter = nil
            state.isSet = waiter == nil
            return waiter
        }
        waiter?.resume()
    }

    /// Waits until somebody sets it or the current task is cancelled.
    func wait() async {
        // A cancelled task's handler may run before there is a waiter: then it is found set.
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let isSet = state.withLock { state in
                    let isSet = state.isSet
                    state.isSet = false
                    state.waiter = isSet ? nil : waiter
                    return isSet
                }
                if isSet {
                    waiter.resume()
                }
            }
        } onCancel: {
            set()
        }
    }
}
