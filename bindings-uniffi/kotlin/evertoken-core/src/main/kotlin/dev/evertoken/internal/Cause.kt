package dev.evertoken.internal

import dev.evertoken.TokenRequest
import java.io.IOException

/**
 * Returns an exception of an HTTP library as it may outlive its request: texts that repeat what was sent are left out.
 *
 * Libraries write URLs into their messages, a URL may carry a secret, and a server may echo what it was sent.
 */
internal fun harmless(thrown: Throwable, request: TokenRequest): Throwable {
    val runs = request.secrets().flatMapTo(HashSet()) { it.windowed(RUN) }
    val repeats = thrown.chain().flatMap { sequenceOf(it) + it.suppressed.asSequence().flatMap(Throwable::chain) }
        .mapNotNull { it.message }
        .any { text -> text.windowed(RUN).any(runs::contains) }
    if (!repeats) return thrown
    return IOException("${thrown.kind()}: its message repeats the request and is left out").apply {
        stackTrace = thrown.stackTrace
    }
}

/** Says what failed in words that may be shown: the platform's own, not those of a library. */
internal fun described(thrown: Throwable): String {
    val root = thrown.chain().last()
    val words = root.message?.takeIf { root.isOfPlatform() }
    return if (words == null) "no answer: ${root.kind()}" else "no answer: ${root.kind()}: $words"
}

private fun TokenRequest.secrets(): List<String> =
    listOfNotNull(url.substringAfter('?', ""), body?.decodeToString()) + headers.map { it.value }

private fun Throwable.chain(): Sequence<Throwable> = generateSequence(this) { it.cause }.take(DEPTH)

private fun Throwable.kind(): String = this::class.java.simpleName.ifEmpty { "Throwable" }

private fun Throwable.isOfPlatform(): Boolean = PLATFORM.any(this::class.java.name::startsWith)

private val PLATFORM = listOf("java.net.", "javax.net.ssl.", "sun.security.", "java.security.")

/** So many characters in a row are no coincidence. */
private const val RUN = 12
private const val DEPTH = 16
