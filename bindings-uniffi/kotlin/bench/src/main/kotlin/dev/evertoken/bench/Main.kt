package dev.evertoken.bench

import dev.evertoken.sandbox.Sandbox
import java.io.File
import java.lang.management.ManagementFactory
import java.time.Instant
import kotlin.system.exitProcess

/** Measures rows, all or `--only hot,wrapper`, and puts them on a page with `--write FILE`; others stay as they are. */
fun main(arguments: Array<String>) {
    val options = arguments.toList().chunked(2).associate { it.first() to it.last() }
    require(options.keys.all { it in setOf("--only", "--write") }) { "usage: [--only hot,wrapper] [--write FILE]" }
    val page = Page(options["--write"]?.let(::File))
    val behaviour = { Sandbox.start().use { Behaviour(it).section() } }
    val rows = mapOf("hot" to Hot::section, "wrapper" to Wrapper::section, "behaviour" to behaviour)
    for (name in options["--only"]?.split(',') ?: Page.ORDER) {
        val load = "%.1f".format(ManagementFactory.getOperatingSystemMXBean().systemLoadAverage)
        val text = rows.getValue(name)()
        val time = Instant.now().toString().take(16).replace('T', ' ')
        val origin = "`cargo xtask bench kotlin -- --only $name`, $time UTC, ${commit()}, load before it $load."
        page[name] = "$origin\n\n$text"
    }
    page.write()
    // What the peers leave running would keep the process.
    exitProcess(0)
}

private fun commit(): String =
    ProcessBuilder("git", "rev-parse", "--short", "HEAD").start().inputStream.bufferedReader().readText().trim()
