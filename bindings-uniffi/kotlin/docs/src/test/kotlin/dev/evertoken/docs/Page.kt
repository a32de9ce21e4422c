package dev.evertoken.docs

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import java.io.ByteArrayOutputStream
import java.io.PrintStream

/** A page that runs: what it prints is looked at where it says so. */
internal class Page(private val printed: ByteArrayOutputStream) {
    /** The credentials of whoever reads the page. */
    val id = "the client id"
    val secret = "the client secret"

    /** Compares what was printed since the last block; `..` stands for what differs from run to run. */
    fun prints(expected: String) {
        val shown = printed.toString(Charsets.UTF_8).trimEnd()
        printed.reset()
        val pattern = expected.lines().joinToString("\n") { line -> line.split("..").joinToString(".*") { Regex.escape(it) } }
        if (!Regex(pattern).matches(shown)) {
            assertEquals(expected, shown)
        }
    }
}

/** Runs a page in the world of the sandbox. */
internal fun page(program: suspend Page.() -> Unit) {
    World.reset()
    val out = System.out
    val printed = ByteArrayOutputStream()
    System.setOut(PrintStream(printed, true, Charsets.UTF_8))
    try {
        runBlocking { Page(printed).program() }
    } finally {
        System.setOut(out)
    }
    // What it shows of an API is there, under that path and no other.
    assertTrue(World.failedCalls().isEmpty()) { World.failedCalls().toString() }
}
