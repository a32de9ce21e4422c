package dev.evertoken.behaviour

import java.io.File
import java.lang.management.ManagementFactory
import javax.management.ObjectName

/** How many there are of each class of ours, of open files and of our threads, after a collection of garbage. */
class Census private constructor(private val counts: Map<String, Int>) {
    /** What there is more of than there was. */
    fun more(before: Census): Map<String, Int> =
        counts.mapValues { (name, count) -> count - before.counts.getOrDefault(name, 0) }.filterValues { it > 0 }

    override fun equals(other: Any?): Boolean = other is Census && counts == other.counts

    override fun hashCode(): Int = counts.hashCode()

    override fun toString(): String = counts.toString()

    companion object {
        private val line = Regex("""^\s*\d+:\s+(\d+)\s+\d+\s+(\S+)""")

        fun take(): Census {
            val counts = classes() + ("open files" to checkNotNull(File("/proc/self/fd").list()).size) +
                ("threads" to Thread.getAllStackTraces().keys.count { "evertoken" in it.name })
            return Census(counts)
        }

        private fun classes(): Map<String, Int> {
            val arguments = arrayOf<Any>(emptyArray<String>())
            val histogram = ManagementFactory.getPlatformMBeanServer().invoke(
                ObjectName("com.sun.management:type=DiagnosticCommand"),
                "gcClassHistogram",
                arguments,
                arrayOf(Array<String>::class.java.name),
            ) as String
            return histogram.lineSequence().mapNotNull(line::find).map { it.groupValues }
                .filter { (_, _, name) -> name.startsWith("dev.evertoken.") && ".behaviour." !in name }
                .associate { (_, count, name) -> name to count.toInt() }
        }
    }
}
