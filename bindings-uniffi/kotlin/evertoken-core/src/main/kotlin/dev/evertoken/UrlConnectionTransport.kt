package dev.evertoken

import java.net.HttpURLConnection
import java.net.URL

/** Sends token requests with [HttpURLConnection], which both Android and the JVM have. */
public class UrlConnectionTransport @JvmOverloads constructor(
    private val open: (URL) -> HttpURLConnection = { it.openConnection() as HttpURLConnection },
) : Transport {
    override suspend fun send(request: TokenRequest): TokenAnswer = TODO("$open $request")
}
