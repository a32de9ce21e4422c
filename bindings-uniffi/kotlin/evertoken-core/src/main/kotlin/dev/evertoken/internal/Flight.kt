package dev.evertoken.internal

import dev.evertoken.Credentials
import dev.evertoken.ErrorCodes
import dev.evertoken.EvertokenException
import dev.evertoken.Header
import dev.evertoken.Provider
import dev.evertoken.TokenAnswer
import dev.evertoken.TokenRequest
import dev.evertoken.Transport
import dev.evertoken.internal.ffi.Exchange
import dev.evertoken.internal.ffi.Field
import dev.evertoken.internal.ffi.Grant
import dev.evertoken.internal.ffi.Instant
import dev.evertoken.internal.ffi.Pair
import dev.evertoken.internal.ffi.Start
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Job
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlin.coroutines.CoroutineContext
import dev.evertoken.internal.ffi.TokenRequest as CoreRequest

/** What all flights of one identity need. */
internal class Contract(
    val provider: Provider,
    val grant: Grant,
    val fields: List<Field>,
    val credentials: Credentials,
    val transport: Transport,
    val policy: Map<String, ULong>,
    val bodyLimitBytes: Long,
    val environment: (String) -> String?,
)

/** How an attempt has ended: the exchange holds the outcome, and what was thrown stays with us. */
internal class Ended(val exchange: Exchange, val cause: Throwable?) {
    /** Of its failure; none for a token. */
    val code: String? = exchange.failure()?.code
}

/** One attempt on its way, owned by no caller; it reports its end, also where none of its code ever ran. */
internal class Flight(
    private val start: Start,
    private val contract: Contract,
    private val now: () -> Instant,
    scope: CoroutineScope,
    inside: CoroutineContext.Element,
    report: (Flight, Ended?) -> Unit,
) {
    val attempt: ULong get() = start.attempt
    val abortAfterMillis: Long get() = start.abortAfterMs.asLong()

    /** Ends its I/O in time. */
    val alarm = Alarm()

    @Volatile
    private var ended: Ended? = null

    @Volatile
    private var isGivenUp = false

    private val job: Job = scope.launch(start = CoroutineStart.LAZY) {
        ended = withContext(inside) { attempt() }
    }

    init {
        job.invokeOnCompletion { thrown -> report(this, ended ?: brokenOff(thrown)) }
    }

    fun launch() {
        job.start()
    }

    /** Ends it for one whose end is reported already. */
    fun giveUp() {
        isGivenUp = true
        alarm.cancel()
        job.cancel()
    }

    private suspend fun attempt(): Ended {
        val secrets: List<Pair>
        val headers: List<Pair>
        try {
            secrets = contract.credentials.obtain(contract.fields, contract.environment)
            headers = contract.provider.headers?.headers(start.reason).orEmpty().also(::checkHeaders).pairs()
        } catch (thrown: Throwable) {
            return refused(thrown)
        }
        val exchange = Exchange(contract.grant, secrets, start.sentAt, contract.policy)
        var behind: Throwable? = null
        while (true) {
            val request = exchange.next(headers)?.public() ?: return Ended(exchange, behind)
            try {
                val answer = contract.transport.send(request)
                exchange.take(answer)
            } catch (thrown: Throwable) {
                currentCoroutineContext().ensureActive()
                behind = harmless(thrown, request)
                val known = behind as? EvertokenException
                exchange.fail(
                    now(),
                    known?.code ?: ErrorCodes.TRANSPORT_FAILED,
                    if (known == null) described(behind) else known.description,
                )
            }
        }
    }

    private fun Exchange.take(answer: TokenAnswer) {
        val limit = contract.bodyLimitBytes.coerceAtMost(Int.MAX_VALUE.toLong()).toInt()
        val isLonger = answer.body.size > limit
        val body = if (isLonger) answer.body.copyOf(limit) else answer.body
        answer(now(), answer.status.coreStatus(), answer.headers.core(), body, answer.truncated || isLonger)
    }

    private fun CoreRequest.public() = TokenRequest(
        method,
        url,
        headers.map { Header(it.name, it.value) },
        body,
        sameOriginCookies,
        contract.bodyLimitBytes,
    )

    /** Of a dispatcher that is gone, a job that the user cancelled, or a core that fails. */
    private fun brokenOff(thrown: Throwable?): Ended? =
        if (isGivenUp) {
            null
        } else {
            runCatching {
                Ended(Exchange.failed(ErrorCodes.TRANSPORT_FAILED, "the attempt broke off", null), thrown)
            }.getOrNull()
        }

    /** Ends an attempt before its first request; one that was cancelled ends without an outcome. */
    private suspend fun refused(thrown: Throwable): Ended {
        currentCoroutineContext().ensureActive()
        val exchange = when (thrown) {
            is EvertokenException -> Exchange.failed(thrown.code, thrown.description, thrown.fix)
            else -> Exchange.failed(ErrorCodes.TRANSPORT_FAILED, FUNCTION_FAILED, MEND_FUNCTION)
        }
        return Ended(exchange, thrown)
    }

    /** The platform refuses such a header, too, but with its value in the message. */
    private fun checkHeaders(headers: Map<String, String>) {
        if (!headers.all { (name, value) -> NAME.matches(name) && VALUE.matches(value) }) {
            throw invalidOption(
                "headers: a name or value has a character that no header may carry",
                "Encode the value, for example in base64.",
            )
        }
    }

    private companion object {
        val NAME = Regex("[!#$%&'*+\\-.^_`|~0-9A-Za-z]+")
        val VALUE = Regex("[\\t\\x20-\\x7e]*")
        const val FUNCTION_FAILED = "the function for credentials or headers failed"
        const val MEND_FUNCTION = "Mend the function; what it threw is the cause of this error."
    }
}
