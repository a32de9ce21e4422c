package dev.evertoken.scenarios

import dev.evertoken.TokenSource
import dev.evertoken.Transport

/** An HTTP library that the scenarios run over, used as its users do. */
internal interface Library {
    /** Makes what the source is given for its token requests. */
    fun transport(trust: Trust): Transport

    /** Makes the authenticated client. */
    fun calls(source: TokenSource, door: Door, trust: Trust): ClientCalls
}

/** The bindings by the names that their results have. */
internal val LIBRARIES: Map<String, () -> Library> = mapOf(
    "kotlin-urlconnection" to ::UrlConnectionLibrary,
    "kotlin-okhttp" to ::OkHttpLibrary,
    "kotlin-ktor" to ::KtorLibrary,
    "kotlin-jdk" to ::JdkLibrary,
)

/** How the calls of one client are made: of its source, and of the API. */
internal abstract class ClientCalls(private val source: TokenSource, private val asking: Asking) : AutoCloseable {
    suspend fun make(step: Step.Begin): Returned = when (step) {
        is Step.Headers -> Returned.Header(asking.headers(source, step.minValidMillis ?: 0, step.patienceMillis))
        is Step.Token -> Returned.Token(asking.token(source))
        is Step.Request -> answer(Call(step.method, source.url(step.path), headers(step), body(step), step.replayable))
    }

    /** Calls the API and reads the whole answer. */
    protected abstract suspend fun answer(call: Call): Returned.Answer

    override fun close() = Unit

    /** The media type of a JSON body is the user's to set, and the API's to say. */
    private fun headers(step: Step.Request): Map<String, String> =
        if (step.json == null || step.headers.keys.any { it.equals("content-type", ignoreCase = true) }) {
            step.headers
        } else {
            step.headers + ("Content-Type" to source.contentType(step.path))
        }

    private fun body(step: Step.Request): ByteArray? = (step.json?.toString() ?: step.body)?.toByteArray()

    /** A call of the API; one that is not replayable has a body that streams. */
    class Call(
        val method: String,
        val url: String,
        val headers: Map<String, String>,
        val body: ByteArray?,
        val replayable: Boolean,
    )
}
