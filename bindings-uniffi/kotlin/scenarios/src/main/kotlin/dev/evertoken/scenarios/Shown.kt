// Everything that clients have shown to their users beside tokens, and the secrets that must not stand in it.

package dev.evertoken.scenarios

import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.ObjectOutputStream
import java.io.PrintStream
import java.lang.reflect.Method
import java.lang.reflect.Modifier
import java.util.logging.Handler
import java.util.logging.LogManager
import java.util.logging.LogRecord

/** Shorter secrets may stand in any text by chance. */
private const val SHORTEST = 8

/** How deep a value is looked into. */
private const val DEPTH = 4

/** Keeps what is logged and printed while a file runs. */
internal class Log : AutoCloseable {
    private val bytes = ByteArrayOutputStream()
    private val out = System.out
    private val err = System.err
    private val root = LogManager.getLogManager().getLogger("")
    private val handlers = root.handlers.toList()
    private val keep = object : Handler() {
        override fun publish(record: LogRecord) {
            System.err.println("${record.message} ${record.parameters?.joinToString()}")
            record.thrown?.printStackTrace()
        }

        override fun flush() = Unit

        override fun close() = Unit
    }

    init {
        val stream = PrintStream(bytes, true)
        System.setOut(stream)
        System.setErr(stream)
        handlers.forEach(root::removeHandler)
        root.addHandler(keep)
    }

    fun text(): String = bytes.toString()

    override fun close() {
        root.removeHandler(keep)
        handlers.forEach(root::addHandler)
        System.setOut(out)
        System.setErr(err)
    }
}

/** Collects errors, events, explanations and clients, as they print, as they are serialised, and all their members. */
internal fun shown(world: World, scenario: Scenario): Sequence<String> = sequence {
    scenario.clients.keys.forEach { yieldAll(texts(world.eventsOf(it))) }
    for (made in world.made()) {
        when (made) {
            is Made.Failed -> yieldAll(texts(made.error))
            is Made.Client -> {
                yieldAll(texts(made.source.explain()))
                listOf(made.source, made.source.provider, made.calls).forEach { yield(it.toString()) }
            }
        }
    }
    for (call in world.calls.values.flatten()) {
        when (val returned = call.returned) {
            is Returned.Failed -> yieldAll(texts(returned.error))
            is Returned.HttpFailure -> yieldAll(texts(returned.error))
            is Returned.Crash -> yieldAll(texts(returned.error))
            else -> Unit
        }
    }
}

/** What must stand in no text: the file's secrets and every token. */
internal fun secrets(scenario: Scenario, tokens: Collection<String>): List<String> {
    val changed = scenario.steps.filterIsInstance<Step.CredentialsChanged>().map { it.credentials }
    val named = scenario.clients.values.map { it.credentials.orEmpty() } + changed
    val ours = named.flatMap { it.entries }.filter { it.key != "client_id" && it.key != "key" }.map { it.value }
    return (ours + tokens).filter { it.length >= SHORTEST }
}

/** All texts in which a value shows itself. */
private fun texts(value: Any?, depth: Int = DEPTH): Sequence<String> = sequence {
    yield(value.toString())
    if (value is Throwable) {
        yield(value.stackTraceToString())
        yield(serialised(value))
    }
    if (depth > 0) {
        when {
            value is Iterable<*> -> value.forEach { yieldAll(texts(it, depth - 1)) }
            value != null && value.javaClass.name.startsWith("dev.evertoken.") ->
                value.javaClass.methods.filter(::isGetter).forEach { yieldAll(texts(it.invoke(value), depth - 1)) }
        }
    }
}

private fun isGetter(method: Method): Boolean =
    method.parameterCount == 0 && !Modifier.isStatic(method.modifiers) && GETTER.containsMatchIn(method.name)

private val GETTER = Regex("^(get|is|component)[A-Z0-9]|^toJson$")

private fun serialised(error: Throwable): String = try {
    ByteArrayOutputStream().also { ObjectOutputStream(it).writeObject(error) }.toString(Charsets.ISO_8859_1)
} catch (_: IOException) {
    // A cause of somebody else's that cannot be.
    ""
}
