internal import EvertokenGlue

/// A caller that waits for the answer of a ticket.
final class Seat: Sendable {
    let ticket: UInt64
    let until: UInt64
    let wakeup = Wakeup()

    init(ticket: UInt64, until: UInt64) {
        self.ticket = ticket
        self.until = until
    }
}

/// What a caller does once the machine has spoken.
enum Ruling {
    case use(Held)
    case wait(Seat)
    case rest(UInt64)
    case fail(EvertokenError)
    case surface
}

/// What is done when the lock is free again: it may run what the user wrote.
struct Errands {
    var aborted: [Task<Void, Never>] = []
    var woken: [Seat] = []
    var tellsEvents = false
    /// What is let go, whose end may run anything.
    var released: [Any] = []

    func carryOut(_ listeners: Listeners) {
        for flight in aborted {
            flight.cancel()
        }
        for seat in woken {
            seat.wakeup.set()
        }
        if tellsEvents {
            listeners.tell()
        }
    }
}
