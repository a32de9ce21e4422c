package dev.evertoken

import java.util.concurrent.atomic.AtomicInteger

/** A token endpoint within the test: it grants `token-1`, `token-2` and so on. */
class Tokens(private val lifetimeSeconds: Long = 3600) : Transport {
    private val granted = AtomicInteger()
    val requests: Int get() = granted.get()

    override suspend fun send(request: TokenRequest): TokenAnswer = answer()

    fun answer(): TokenAnswer {
        val token = "token-${granted.incrementAndGet()}"
        val body = """{"access_token":"$token","token_type":"Bearer","expires_in":$lifetimeSeconds}"""
        return TokenAnswer(200, body = body.toByteArray())
    }
}

val API: Api = Api.url("https://api.example.com/v1")

/** A provider that is asked at a place that does not exist. */
val BROKER: Provider = broker("https://broker.example.com/token", API)

/** Runs what fails, and returns with which exception. */
inline fun failure(act: () -> Unit): EvertokenException {
    try {
        act()
    } catch (failure: EvertokenException) {
        return failure
    }
    throw AssertionError("it did not fail")
}
