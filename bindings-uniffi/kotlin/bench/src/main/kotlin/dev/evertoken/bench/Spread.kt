package dev.evertoken.bench

/** Middle and quartiles of what was measured, and the best tenth: what a round takes that nothing else disturbs. */
class Spread(values: List<Double>) {
    private val sorted = values.sorted()
    val best = at(0.1)
    val low = at(0.25)
    val median = at(0.5)
    val high = at(0.75)

    private fun at(part: Double): Double = sorted[(part * sorted.size).toInt().coerceAtMost(sorted.size - 1)]
}

/** What is measured in turn: each does its thing so many times. */
class Rounds(private val count: Int, private val nanos: () -> Long) {
    /** Measures all in turn, so that what disturbs one disturbs all; nanoseconds of one time. */
    fun measure(things: Map<String, (Int) -> Unit>): Map<String, Spread> {
        val times = things.mapValues { (_, run) -> enough(run) }
        val measured = things.mapValues { mutableListOf<Double>() }
        repeat(count) {
            for ((name, run) in things) {
                val began = nanos()
                run(times.getValue(name))
                measured.getValue(name) += (nanos() - began).toDouble() / times.getValue(name)
            }
        }
        return measured.mapValues { Spread(it.value) }
    }

    /** How many times fill a round; finding out warms up as well. */
    private fun enough(run: (Int) -> Unit): Int {
        var times = 1
        val until = System.nanoTime() + WARM_UP_NANOS
        while (true) {
            val took = List(3) {
                val began = System.nanoTime()
                run(times)
                System.nanoTime() - began
            }.min()
            if (took < ROUND_NANOS / 2) {
                times *= 2
            } else if (System.nanoTime() > until) {
                return (times * ROUND_NANOS / took).toInt().coerceAtLeast(1)
            }
        }
    }

    private companion object {
        const val ROUND_NANOS = 20_000_000L
        const val WARM_UP_NANOS = 1_500_000_000L
    }
}
