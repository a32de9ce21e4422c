package dev.evertoken.behaviour

import java.io.File
import java.lang.management.ManagementFactory

/** A program in a Java of its own, which may load native libraries as this one may: from Java 24 on it would be warned. */
internal fun java(main: String, arguments: List<String>): ProcessBuilder {
    val java = File(System.getProperty("java.home"), "bin/java").path
    val allowed = ManagementFactory.getRuntimeMXBean().inputArguments.filter { it.startsWith("--enable-native-access") }
    return ProcessBuilder(listOf(java) + allowed + listOf("-cp", System.getProperty("java.class.path"), main) + arguments)
}
