package dev.evertoken.behaviour

import java.io.File
import java.lang.management.ManagementFactory

/** A program in a Java of its own, which may load native libraries as this one may: else Java 24 and newer warn. */
internal fun java(
    main: String,
    arguments: List<String>,
    classes: String = System.getProperty("java.class.path"),
): ProcessBuilder {
    val java = File(System.getProperty("java.home"), "bin/java").path
    val allowed = ManagementFactory.getRuntimeMXBean().inputArguments.filter { it.startsWith("--enable-native-access") }
    return ProcessBuilder(listOf(java) + allowed + listOf("-cp", classes, main) + arguments)
}
