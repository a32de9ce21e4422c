package dev.evertoken.behaviour

import java.io.ByteArrayOutputStream
import java.io.NotSerializableException
import java.io.ObjectOutputStream
import java.io.PrintStream
import java.lang.reflect.Modifier
import java.net.URLEncoder
import java.util.Base64
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.logging.Handler
import java.util.logging.Level
import java.util.logging.LogRecord
import java.util.logging.Logger
import java.util.logging.SimpleFormatter

/** Secrets that are looked for in everything that a program may come to show. */
object Canary {
    const val SECRET = "sandbox-secret-canary/+ä"
    const val TOKEN = "token-canary-0123456789"

    private val spellings = listOf(SECRET, SECRET.take(21), TOKEN).flatMap { secret ->
        val form = URLEncoder.encode(secret, Charsets.UTF_8)
        listOf(
            secret,
            form,
            form.replace("+", "%20"),
            secret.replace("ä", "\\u00e4"),
            secret.replace("/", "\\/"),
            base64(secret),
            base64("an-id:$form"),
            String(secret.toByteArray(), Charsets.ISO_8859_1),
            secret.toByteArray().joinToString(", "),
        )
    }

    /** The texts that show one of them, shortened. */
    fun foundIn(texts: Sequence<String>): List<String> =
        texts.filter { text -> spellings.any { it in text } }.map { it.take(300) }.toList()

    /** The last quantum depends on what follows. */
    private fun base64(text: String): String =
        Base64.getEncoder().withoutPadding().encodeToString(text.toByteArray()).dropLast(1)
}

/** All that a program may come to show of a thing: its words, its properties, its serial form and its stack trace. */
fun shown(thing: Any): Sequence<String> = sequence {
    yield(thing.toString())
    for (method in thing.javaClass.methods) {
        val isOpen = Modifier.isPublic(method.declaringClass.modifiers) && !Modifier.isStatic(method.modifiers)
        val isGetter = method.name.startsWith("get") && method.parameterCount == 0
        if (isGetter && isOpen) yield("${method.name}: ${method.invoke(thing)}")
    }
    yield(serialised(thing))
    if (thing is Throwable) yield(thing.stackTraceToString())
}

private fun serialised(thing: Any): String {
    val bytes = ByteArrayOutputStream()
    try {
        ObjectOutputStream(bytes).use { it.writeObject(thing) }
    } catch (refusal: NotSerializableException) {
        return refusal.toString()
    }
    return bytes.toByteArray().let { String(it) + String(it, Charsets.ISO_8859_1) }
}

/** Everything that is logged, at any level, or written to the console. */
class Eavesdropper : AutoCloseable {
    private val root = Logger.getLogger("")
    private val level = root.level
    private val out = System.out
    private val err = System.err
    private val console = ByteArrayOutputStream()
    private val records = ConcurrentLinkedQueue<String>()
    private val handler = object : Handler() {
        override fun publish(record: LogRecord) {
            // The platform's own connections log whole requests, if they are told to.
            if (PLATFORMS.none { record.loggerName.orEmpty().startsWith(it) }) {
                records += SimpleFormatter().format(record) + record.parameters?.toList()
            }
        }

        override fun flush() = Unit

        override fun close() = Unit
    }

    init {
        handler.level = Level.ALL
        root.level = Level.ALL
        root.addHandler(handler)
        System.setOut(PrintStream(console, true))
        System.setErr(PrintStream(console, true))
    }

    val heard: Sequence<String> get() = records.asSequence() + console.toString()

    override fun close() {
        System.setOut(out)
        System.setErr(err)
        root.removeHandler(handler)
        root.level = level
    }

    private companion object {
        val PLATFORMS = listOf("sun.net.www", "jdk.")
    }
}
