package dev.evertoken.internal

import dev.evertoken.BROKER
import dev.evertoken.Clock
import dev.evertoken.Transport
import dev.evertoken.internal.ffi.Answer
import dev.evertoken.internal.ffi.Exchange
import dev.evertoken.internal.ffi.Failure
import dev.evertoken.internal.ffi.Grant
import dev.evertoken.internal.ffi.Instant
import dev.evertoken.internal.ffi.Machine
import dev.evertoken.internal.ffi.MachineInterface
import dev.evertoken.internal.ffi.Now
import dev.evertoken.internal.ffi.Settled
import dev.evertoken.internal.ffi.Step
import dev.evertoken.internal.ffi.Verdict
import dev.evertoken.internal.ffi.failureOf
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import java.util.concurrent.atomic.AtomicInteger

/** The machine, but where a test has a word in it. */
internal class Scripted(
    private val machine: MachineInterface = Machine(emptyMap()),
) : MachineInterface by machine {
    val ticks = AtomicInteger()
    val alarms = AtomicInteger()
    var onWant: ((Boolean) -> Step?)? = null
    var onFinished: (() -> Step)? = null

    override fun want(now: Now, minValidMs: ULong, patienceMs: ULong, waited: Boolean): Step =
        onWant?.invoke(waited) ?: machine.want(now, minValidMs, patienceMs, waited)

    override fun finished(now: Now, attempt: ULong, exchange: Exchange?): Step =
        onFinished?.invoke() ?: machine.finished(now, attempt, exchange)

    override fun tick(now: Now): Step {
        ticks.incrementAndGet()
        return machine.tick(now)
    }

    override fun alarmMs(now: Instant): ULong? {
        alarms.incrementAndGet()
        return machine.alarmMs(now)
    }
}

internal fun shell(
    machine: MachineInterface,
    transport: Transport,
    clock: Clock = SystemClock,
    dispatcher: CoroutineDispatcher = Dispatchers.Default,
): Shell {
    val grant = Grant(BROKER.options, emptyList(), null)
    val contract = Contract(BROKER, grant, grant.fields(), BROKER.credentials, transport, emptyMap(), 1 shl 20) { null }
    return Shell(machine, contract, clock, dispatcher)
}

internal fun step(verdict: Verdict, settled: List<Settled> = emptyList()): Step =
    Step(null, emptyList(), emptyList(), settled, false, emptyList(), verdict)

internal fun failed(code: String): Failure = failureOf(code)

internal fun settled(ticket: ULong, code: String) = Settled(ticket, Answer.Failed(failed(code)))

/** How many callers the shell knows of. */
internal val Shell.seated: Int get() = map("seats").size

/** How many attempts the shell knows of. */
internal val Shell.flying: Int get() = map("flights").size

private fun Shell.map(name: String): Map<*, *> =
    Shell::class.java.getDeclaredField(name).apply { isAccessible = true }.get(this) as Map<*, *>
