package dev.evertoken

import java.io.InputStream
import java.net.HttpURLConnection
import java.net.URL

/** Calls an API with valid tokens over [HttpURLConnection], for programs without an HTTP library. */
public class UrlConnectionClient @JvmOverloads constructor(
    private val source: TokenSource,
    private val open: (URL) -> HttpURLConnection = { it.openConnection() as HttpURLConnection },
) {
    @JvmSynthetic
    public suspend fun send(
        method: String,
        pathOrUrl: String,
        headers: Map<String, String> = emptyMap(),
        body: ByteArray? = null,
    ): ApiAnswer = TODO()

    @JvmSynthetic
    public suspend fun send(
        method: String,
        pathOrUrl: String,
        headers: Map<String, String> = emptyMap(),
        body: InputStream,
    ): ApiAnswer = TODO()
}
