package dev.evertoken.scenarios

import dev.evertoken.Event
import dev.evertoken.EvertokenException
import dev.evertoken.Explanation
import dev.evertoken.TokenSource
import dev.evertoken.TokenSourceOptions
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.locks.LockSupport
import kotlin.time.Duration
import kotlin.time.TimeMark
import kotlin.time.TimeSource

/** How long a thread of the clients is given before it is looked at again. */
private const val LOOK_AGAIN_NANOS = 50_000L

/** A client of a file, with its source and its authenticated HTTP client; or why it could not be made. */
internal sealed interface Made {
    class Client(val source: TokenSource, val calls: ClientCalls) : Made

    class Failed(val error: EvertokenException) : Made
}

/** Clients and sandbox in one virtual time: how they come to rest, and how time passes between two rests. */
internal class World(
    val control: Control,
    private val library: Library,
    private val trust: Trust,
    private val giveUp: Duration,
    scenario: Scenario,
) {
    val calls = mutableMapOf<String, List<Call>>()
    private val crew = Crew()
    private val clock = VirtualClock(scenario.entropy)
    private val door = Door()
    private val listening = Job()
    private val events = scenario.clients.mapValues { CopyOnWriteArrayList<Event>() }
    private val clients: Map<String, Made>

    init {
        control.reset(START_MILLIS)
        clients = scenario.clients.mapValues { (name, spec) -> made(name, spec) }
    }

    /** A client that cannot be made is one whose calls all fail so. */
    private fun made(name: String, spec: ClientSpec): Made = try {
        val options = TokenSourceOptions()
        options.policy = policy(spec.policy)
        options.clock = clock
        options.dispatcher = crew.flights
        val source = TokenSource(spec.provider(), door.counting(library.transport(trust)), options)
        listen(source, events.getValue(name))
        Made.Client(source, library.calls(source, door, trust))
    } catch (error: EvertokenException) {
        Made.Failed(error)
    }

    private fun listen(source: TokenSource, into: MutableList<Event>) {
        CoroutineScope(Dispatchers.Unconfined + listening).launch(start = CoroutineStart.UNDISPATCHED) {
            source.events.collect(into::add)
        }
    }

    fun made(): Collection<Made> = clients.values

    /** The source of a client, if it could be made. */
    fun source(name: String): TokenSource? = (clients[name] as? Made.Client)?.source

    fun eventsOf(client: String): List<Event> = events.getValue(client)

    fun explain(client: String): Explanation? = source(client)?.explain()

    /** Begins the calls of a step, all of them before any runs on. */
    fun begin(step: Step.Begin) {
        val client = clients.getValue(step.client)
        val until = deadline()
        door.shutDuring {
            calls[step.name] = List(step.times) {
                when (client) {
                    is Made.Failed -> Call.failed(client.error)
                    is Made.Client -> Call.begin(crew.calls, door) { client.calls.make(step) }
                }
            }
            runClients(until)
        }
    }

    fun cancel(name: String) {
        calls[name].orEmpty().forEach(Call::cancel)
    }

    /** Waits until no client can do anything and the sandbox holds every request that has no answer yet. */
    fun settle() {
        val until = deadline()
        while (true) {
            runClients(until)
            val (begun, ended) = door.begun to door.ended
            val idle = control.idle(begun)
            if (idle.isIdle && idle.received >= begun && idle.held + idle.delayed == begun - ended) {
                val before = pulse()
                runClients(until)
                if (pulse() == before && door.begun == begun && door.ended == ended) {
                    return
                }
            }
            if (until.hasPassedNow()) {
                val own = "the clients have begun $begun requests and wait for ${begun - ended}"
                val others = "the sandbox has received ${idle.received}, holds ${idle.held} and delays ${idle.delayed}"
                throw Failure(Kind.STUCK, "no rest after $giveUp: $own; $others")
            }
        }
    }

    /** Lets the clients run until none has anything to do. */
    private fun runClients(until: TimeMark) {
        clients.keys.forEach(::explain)
        while (true) {
            if (isQuiet()) {
                if (!clock.fireImmediate()) {
                    return
                }
            } else {
                LockSupport.parkNanos(LOOK_AGAIN_NANOS)
            }
            if (until.hasPassedNow()) {
                throw Failure(Kind.STUCK, "the clients do not come to rest: ${doing()}")
            }
        }
    }

    /**
     * No coroutine has anything to do, every call waits by the clock or for an answer of the API, none was cancelled,
     * and every attempt waits for an answer of the token endpoint. That sees a thread that was woken but does not run
     * yet, too: who wakes it has done away with its timer.
     */
    private fun isQuiet(): Boolean =
        !crew.isBusy && calls.values.none { of -> of.any(Call::isEnding) } &&
            clock.calls() == waiting() - door.apiCalls.open && clock.attempts() == door.tokenRequests.open

    private fun doing(): String =
        "busy: ${crew.isBusy}; ${waiting()} calls wait, ${clock.calls()} of them by the clock, " +
            "${door.apiCalls.open} for the API; ${clock.attempts()} attempts, ${door.tokenRequests.open} token requests"

    private fun waiting(): Int = calls.values.sumOf { of -> of.count { it.returned == null } }

    /** What changes when a client does something. */
    private fun pulse(): List<Int> =
        listOf(door.begun, door.ended, waiting(), events.values.sumOf { it.size }, clock.fired)

    private fun deadline(): TimeMark = TimeSource.Monotonic.markNow() + giveUp

    /** Moves all clocks, stopping wherever an answer or a timer is due. */
    fun advance(millis: Long) {
        settle()
        var left = millis
        do {
            val step = listOfNotNull(left, clock.nextDueMillis(), control.nextAnswerMillis()).min()
            // The clients' clocks first: while the sandbox's is moved, answers that are due may come already.
            clock.advance(step)
            control.advance(step)
            left -= step
            settle()
            if (clock.fire()) {
                settle()
            }
        } while (left > 0 || clock.nextDueMillis() == 0L)
    }

    /** Moves the sandbox and the clients' wall clock, as a sleep of the machine does. */
    fun suspend(millis: Long) {
        settle()
        clock.stepWall(millis)
        control.advance(millis)
        settle()
    }

    /** Sets the clients' wall clock. */
    fun stepWall(millis: Long) {
        settle()
        clock.stepWall(millis)
        settle()
    }

    /** Ends all calls and clients; tells what of them goes on after that. */
    fun stop(): String? {
        made().filterIsInstance<Made.Client>().forEach { it.source.close() }
        calls.keys.forEach(::cancel)
        val until = deadline()
        while (waiting() > 0 || clock.calls() > 0 || clock.attempts() > 0 || door.begun > door.ended || crew.isBusy) {
            if (until.hasPassedNow()) {
                return doing()
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS)
        }
        made().filterIsInstance<Made.Client>().forEach { it.calls.close() }
        listening.cancel()
        return null
    }
}
