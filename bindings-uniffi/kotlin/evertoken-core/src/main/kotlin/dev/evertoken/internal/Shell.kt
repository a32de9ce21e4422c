package dev.evertoken.internal

import dev.evertoken.Clock
import dev.evertoken.Credentials
import dev.evertoken.ErrorCodes
import dev.evertoken.Event
import dev.evertoken.EvertokenException
import dev.evertoken.Explanation
import dev.evertoken.internal.ffi.Answer
import dev.evertoken.internal.ffi.Failure
import dev.evertoken.internal.ffi.Instant
import dev.evertoken.internal.ffi.MachineInterface
import dev.evertoken.internal.ffi.Now
import dev.evertoken.internal.ffi.Snapshot
import dev.evertoken.internal.ffi.Step
import dev.evertoken.internal.ffi.Verdict
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineExceptionHandler
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

/** The loop between callers and the machine: it carries out what the machine says, and decides nothing. */
internal class Shell(
    private val machine: MachineInterface,
    contract: Contract,
    val clock: Clock,
    dispatcher: CoroutineDispatcher,
) {
    val api: ApiHalf = ApiHalf(contract.grant.api())

    /** How long a call may wait that does not say. */
    val patienceMillis: Long = machine.patienceMs().asLong()
    val events = Events()

    /** Whatever escapes from a flight was reported as its end. */
    private val scope = CoroutineScope(SupervisorJob() + dispatcher + CoroutineExceptionHandler { _, _ -> })

    /** The token that callers use by themselves. */
    @Volatile
    private var snapshot: HeldSnapshot? = null

    /** Held around a call of the machine and what it changes here; of the user's, only the clock is read meanwhile. */
    private val lock = ReentrantLock()
    private var contract = contract
    private val seats = HashMap<ULong, Seat>()
    private val flights = HashMap<ULong, Flight>()
    private val causes = HashMap<String, Throwable>()

    /** When somebody has to tick by the monotonic clock; none if it is not known. */
    private var alarmMono: Long? = null
    private var isClosed = false

    /** What the machine broke off with; it is not asked again. */
    private var broken: Throwable? = null

    /** Returns the held token if it serves by comparing numbers. */
    fun fresh(): HeldSnapshot? = snapshot?.takeIf { it.isFresh(clock.monoMillis(), clock.wallMillis()) }

    /** Returns the held token if it serves; in the window the machine is asked on the way. */
    fun held(): HeldSnapshot? {
        val held = snapshot ?: return null
        val mono = clock.monoMillis()
        val wall = clock.wallMillis()
        if (held.isFresh(mono, wall)) return held
        if (!held.isUsable(mono, wall)) return null
        enter { want(it, 0u, 0u, true) }
        return held
    }

    /** Gets a token from the machine, waiting as long as it says. */
    suspend fun obtain(minValidMillis: Long, patienceMillis: Long?): HeldSnapshot {
        val minValid = checkedMillis("minValidMillis", minValidMillis).toULong()
        val patience = checkedMillis("patienceMillis", patienceMillis ?: this.patienceMillis)
        if (Inside.of(this)) return whileInside(minValidMillis)
        val until = clock.monoMillis().saturatingPlus(patience)
        var waited = false
        while (true) {
            currentCoroutineContext().ensureActive()
            val left = maxOf(0, until - clock.monoMillis())
            val turn = enter { want(it, minValid, left.toULong(), waited) }
            when (val verdict = turn.verdict) {
                is Verdict.Use -> return shared(verdict.snapshot)
                is Verdict.RetryWith -> return shared(verdict.snapshot)
                is Verdict.Wait -> {
                    answer(turn.seat, verdict.untilMono.asLong())?.let { return got(it) }
                    waited = true
                }
                is Verdict.RetryAfter -> Wakeup().await(clock, minOf(verdict.ms.asLong(), left))
                is Verdict.Fail -> throw failed(verdict.failure)
                is Verdict.Surface, is Verdict.Done ->
                    throw EvertokenException.of(ErrorCodes.MISUSE, "the machine gave no token and no reason")
            }
        }
    }

    /** Says with which token a rejected call is sent again; none gives the caller the API's own answer. */
    suspend fun recover(
        rejected: HeldSnapshot,
        replayable: Boolean,
        retried: Boolean,
        patienceMillis: Long?,
    ): HeldSnapshot? {
        val patience = checkedMillis("patienceMillis", patienceMillis ?: this.patienceMillis)
        if (Inside.of(this)) return null
        currentCoroutineContext().ensureActive()
        val generation = rejected.held.generation
        val until = clock.monoMillis().saturatingPlus(patience)
        val turn = enter { rejected(it, generation, replayable, retried, patience.toULong()) }
        return when (val verdict = turn.verdict) {
            is Verdict.Use -> shared(verdict.snapshot)
            is Verdict.RetryWith -> shared(verdict.snapshot)
            is Verdict.Wait -> {
                val answer = answer(turn.seat, verdict.untilMono.asLong()) as? Answer.Token
                answer?.snapshot?.takeIf { it.generation != generation }?.let(::shared)
            }
            is Verdict.RetryAfter -> afterRest(verdict.ms.asLong(), patience, until)
            is Verdict.Fail, is Verdict.Surface, is Verdict.Done -> null
        }
    }

    private suspend fun afterRest(millis: Long, patience: Long, until: Long): HeldSnapshot? {
        if (millis > patience) return null
        Wakeup().await(clock, millis)
        return try {
            obtain(0, maxOf(0, until - clock.monoMillis()))
        } catch (_: EvertokenException) {
            null
        }
    }

    fun invalidate() {
        enter { invalidate(it) }
    }

    fun retry() {
        enter { retry(it) }
    }

    fun credentialsChanged(contract: Contract?, dropToken: Boolean) {
        enter {
            // What the step starts has the new ones, and nothing that was started before.
            this@Shell.contract = contract ?: this@Shell.contract
            credentialsChanged(it, dropToken)
        }
    }

    fun logout() {
        enter { logout(it) }
    }

    fun close() {
        lock.withLock {
            if (isClosed) return
            isClosed = true
        }
        despiteBreak { enter { close(it) } }
    }

    fun explain(): Explanation = locked { Explanation(ask(it) { explain(now()) }) }

    /** Returns the contract of new flights, but with other credentials. */
    fun contract(): Contract = lock.withLock { contract }

    fun now(): Instant = Instant(clock.monoMillis().toULong(), clock.wallMillis().toULong())

    /** What an input led to, for whoever brought it. */
    private class Turn(val verdict: Verdict, val seat: Seat?)

    /** Hands the machine an input and carries out what comes of it. */
    private inline fun enter(input: MachineInterface.(Now) -> Step): Turn = locked { turn(it, input) }

    private inline fun turn(errands: Errands, input: MachineInterface.(Now) -> Step): Turn {
        val now = Now(clock.monoMillis().toULong(), clock.wallMillis().toULong(), clock.entropy().toULong())
        return ask(errands) { apply(input(now), errands) }
    }

    /** Does something under the lock, and after it the errands, come what may. */
    private inline fun <T> locked(act: (Errands) -> T): T {
        val errands = Errands()
        try {
            return lock.withLock { act(errands) }
        } finally {
            errands.run()
        }
    }

    /** Asks the machine; if it breaks off, everybody who waits is told so, and whoever comes later. */
    private inline fun <T> ask(errands: Errands, call: MachineInterface.() -> T): T {
        broken?.let { throw brokeOff(it) }
        try {
            return machine.call()
        } catch (thrown: Throwable) {
            broken = thrown
            snapshot = null
            errands.givenUp += flights.values
            flights.clear()
            errands.woken += seats.values
            throw brokeOff(thrown)
        }
    }

    private fun apply(step: Step, errands: Errands): Turn {
        publish(step.published)
        val verdict = step.verdict
        // The very same step may have the answer.
        val seat = if (verdict is Verdict.Wait) Seat(verdict.ticket).also { seats[verdict.ticket] = it } else null
        for (attempt in step.givenUp) {
            flights.remove(attempt)?.let { errands.givenUp += it }
        }
        for (start in step.starts) {
            val flight = Flight(start, contract, ::now, scope, Inside.and(this), ::report)
            flights[start.attempt] = flight
            errands.launched += flight
        }
        for (settled in step.settled) {
            seats.remove(settled.ticket)?.let { seat ->
                seat.answer = settled.answer
                errands.woken += seat
            }
        }
        if (step.alarmIsEarlier) {
            alarmMono = null
            errands.woken += seats.values
        }
        events.queue(step.events)
        return Turn(verdict, seat)
    }

    private fun publish(held: Snapshot?) {
        val current = snapshot
        if (held == null) {
            snapshot = null
        } else if (current == null || !current.isOf(held)) {
            snapshot = HeldSnapshot(held)
        }
    }

    /** Tells the machine how an attempt has ended, unless it was given up. */
    private fun report(flight: Flight, ended: Ended?) {
        despiteBreak {
            locked { errands ->
                if (flights.remove(flight.attempt) != null) {
                    ended?.let(::remember)
                    turn(errands) { finished(it, flight.attempt, ended?.exchange) }
                }
            }
        }
        flight.alarm.cancel()
        ended?.exchange?.close()
    }

    private fun remember(ended: Ended) {
        when {
            ended.code == null -> causes.clear()
            ended.cause == null -> causes.remove(ended.code)
            else -> causes[ended.code] = ended.cause
        }
    }

    /** Waits for the answer of a seat; none if `untilMono` comes first. */
    private suspend fun answer(seat: Seat?, untilMono: Long): Answer? {
        checkNotNull(seat) { "a caller that waits has a seat" }
        try {
            while (true) {
                val wakeup = Wakeup()
                seat.wakeup = wakeup
                seat.answer?.let { return it }
                val left = untilMono - clock.monoMillis()
                if (left <= 0) return leave(seat)
                wakeup.await(clock, minOf(left, alarmInMillis()))
                tickIfDue()
            }
        } finally {
            leave(seat)
        }
    }

    /** Frees a seat; the answer may have come at the last moment. */
    private fun leave(seat: Seat): Answer? = lock.withLock {
        seats.remove(seat.ticket)
        seat.answer
    }

    /** Returns for how long a caller may wait before the machine wants a tick. */
    private fun alarmInMillis(): Long = locked { errands ->
        broken?.let { throw brokeOff(it) }
        val mono = clock.monoMillis()
        val alarm = alarmMono?.takeIf { it > mono } ?: ask(errands) { alarmMs(now()) }.let { left ->
            if (left == null) Long.MAX_VALUE else mono.saturatingPlus(left.asLong())
        }
        alarmMono = alarm
        alarm - mono
    }

    /** Tells the machine that its wake-up has come, if it has. */
    private fun tickIfDue() {
        if (alarmInMillis() <= 0) enter { tick(it) }
    }

    private fun got(answer: Answer): HeldSnapshot = when (answer) {
        is Answer.Token -> shared(answer.snapshot)
        is Answer.Failed -> throw failed(answer.failure)
    }

    private fun failed(failure: Failure): EvertokenException =
        exception(failure, lock.withLock { causes[failure.code] })

    /** Returns the one that all share where it is the same. */
    private fun shared(held: Snapshot): HeldSnapshot = snapshot?.takeIf { it.isOf(held) } ?: HeldSnapshot(held)

    /** Whoever works for a token request of this source may use what is there, and waits for nothing. */
    private fun whileInside(minValidMillis: Long): HeldSnapshot {
        val held = snapshot?.takeIf { minValidMillis == 0L && it.isUsable(clock.monoMillis(), clock.wallMillis()) }
        return held ?: throw EvertokenException.of(ErrorCodes.REENTRANT)
    }

    /** Does what has no caller to hear that the machine broke off. */
    private inline fun despiteBreak(act: () -> Unit) {
        try {
            act()
        } catch (thrown: EvertokenException) {
            if (lock.withLock { broken } == null) throw thrown
        }
    }

    private fun brokeOff(cause: Throwable): EvertokenException =
        configuration(ErrorCodes.MISUSE, "the token machine broke off", "Report it; a new process may help.", cause)

    /** What is done once the lock is free. */
    private inner class Errands {
        val givenUp = ArrayList<Flight>()
        val launched = ArrayList<Flight>()
        val woken = ArrayList<Seat>()

        /** One that fails, as with a machine that has no thread left, keeps no other from being done. */
        fun run() {
            var failed: Throwable? = null
            val isolated = { act: () -> Unit ->
                try {
                    act()
                } catch (thrown: Throwable) {
                    failed = failed ?: thrown
                }
            }
            givenUp.forEach { isolated(it::giveUp) }
            launched.forEach {
                isolated { it.alarm.set(clock, it.abortAfterMillis, background = true) { despiteBreak(::tickIfDue) } }
                isolated(it::launch)
            }
            woken.forEach { isolated(it::wake) }
            isolated(events::tell)
            failed?.let { throw it }
        }
    }
}

private fun Long.saturatingPlus(other: Long): Long = if (other > Long.MAX_VALUE - this) Long.MAX_VALUE else this + other
