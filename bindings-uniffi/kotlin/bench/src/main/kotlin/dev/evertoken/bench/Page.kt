package dev.evertoken.bench

import java.io.File

/** The page that is written: sections between marks, of which some may be older than others. */
class Page(private val file: File?) {
    private val sections = linkedMapOf<String, String>()

    init {
        val old = file?.takeIf { it.exists() }?.readText().orEmpty()
        for ((_, name, text) in SECTION.findAll(old).map { it.groupValues }) sections[name] = text
    }

    operator fun set(name: String, text: String) {
        sections[name] = text
        println("$text\n")
    }

    fun write() {
        val kept = ORDER.filter { it in sections }.map { "<!-- row $it -->\n${sections[it]}\n\n<!-- end -->\n" }
        file?.writeText((listOf(head()) + kept).joinToString("\n"))
    }

    companion object {
        val ORDER = listOf("hot", "wrapper", "behaviour")
        private val SECTION = Regex("""<!-- row (\w+) -->\n([\s\S]*?)\n\n<!-- end -->""")

        fun table(head: List<String>, rows: List<List<Any>>): String =
            (listOf(head, head.map { "---" }) + rows).joinToString("\n") { "| ${it.joinToString(" | ")} |" }

        private fun head(): String {
            val java = "${System.getProperty("java.vm.name")} ${System.getProperty("java.version")}"
            val machine = "${System.getProperty("os.name")} ${System.getProperty("os.arch")}"
            val place = "$machine, ${Runtime.getRuntime().availableProcessors()} cores"
            return """
                # Kotlin beside its peers

                Written by `cargo xtask bench kotlin -- --write docs/kotlin-benchmark.md`; do not edit. Counts are
                exact. Times are of one run on a shared machine: the ratios, each to a baseline of the same run, hold
                better than they do.

                Each contender is set up as its own documentation says (`bindings-uniffi/kotlin/bench`). Ktor's `Auth`
                with `bearer` keeps a token until an answer is a 401. google-auth's `OAuth2CredentialsWithRefresh`
                keeps one by its lifetime and gives headers; the interceptor around it, which knows nothing of a 401,
                is ours. "by hand" is what people write for OkHttp: an interceptor with a synchronized cache, and an
                `Authenticator` for 401s.

                $java, $place. Versions are those of `bindings-uniffi/kotlin/bench/pom.xml`.

            """.trimIndent()
        }
    }
}
