// Runs the scenario files and writes the results.
//
//     java -cp .. dev.evertoken.scenarios.MainKt --binding kotlin-okhttp --json target/scenarios/kotlin-okhttp.json
//     java -cp .. dev.evertoken.scenarios.MainKt --binding all --json target/scenarios/{binding}.json
//
// EVERTOKEN_SANDBOX names the sandbox's binary. Without `--files` the files are those below the current folder.

package dev.evertoken.scenarios

import dev.evertoken.sandbox.Sandbox
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.add
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put
import kotlinx.serialization.json.putJsonArray
import java.io.File
import java.util.Properties
import kotlin.system.exitProcess
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.DurationUnit.SECONDS
import kotlin.time.TimeSource

private val FOLDERS = listOf("client", "must-fail/client")

private val PRETTY = Json { prettyPrint = true }

fun main(arguments: Array<String>) {
    // The JDK sends a POST once more by itself when its connection breaks; over plain http nothing else ends that.
    System.setProperty("sun.net.http.retryPost", "false")
    val options = arguments.asList().chunked(2) { (name, value) -> name to value }.toMap()
    val unknown = options.keys - setOf("--binding", "--json", "--only", "--files", "--give-up")
    require(unknown.isEmpty()) { "there is no option $unknown" }
    val named = options["--binding"] ?: "all"
    val bindings = if (named == "all") LIBRARIES.keys else setOf(named)
    val giveUp = (options["--give-up"]?.toLong() ?: 60_000).milliseconds
    val files = files(File(options["--files"] ?: "core/scenarios"), options["--only"])
    val results = bindings.flatMap { binding ->
        val library = requireNotNull(LIBRARIES[binding]) { "$binding: there are ${LIBRARIES.keys}, and all" }()
        val began = TimeSource.Monotonic.markNow()
        // All of them send a GET once more by themselves if it failed on a connection that had served another.
        val results = Sandbox.start("--no-keep-alive").use { sandbox ->
            val run = Run(Control(sandbox), library, Trust(sandbox.caFile), giveUp)
            files.map { file -> run.result(file).also { tell(binding, it) } }
        }
        options["--json"]?.let { write(File(it.replace("{binding}", binding)), binding, results) }
        val (right, wrong) = results.partition(Result::isRight)
        val comparisons = right.sumOf { it.assertions }
        val files = "${right.size} scenarios and ${wrong.size} wrong files"
        println("$binding: $files, $comparisons comparisons, ${began.elapsedNow().toString(SECONDS, 1)}")
        results
    }
    val (failed, passed) = results.partition { it.failure != null }
    println("${passed.size} passed, ${failed.size} failed")
    // Threads of HTTP libraries may live on.
    exitProcess(if (failed.isEmpty() && passed.isNotEmpty()) 0 else 1)
}

private fun tell(binding: String, result: Result) {
    if (result.failure != null) {
        System.err.println("FAILED $binding: ${result.told}")
    }
}

private fun files(below: File, only: String?): List<ScenarioFile> = FOLDERS.flatMap { folder ->
    val names = below.resolve(folder).list().orEmpty().filter { it.endsWith(".json") }.sorted()
    names.map { ScenarioFile("$folder/$it", below.resolve(folder).resolve(it).readText()) }
        .filter { only == null || only in it.file || only in it.title }
}

private fun write(file: File, binding: String, results: List<Result>) {
    val (right, wrong) = results.partition(Result::isRight)
    val json = buildJsonObject {
        put("binding", binding)
        put("version", version())
        putJsonArray("results") { right.forEach { add(it.json()) } }
        putJsonArray("must_fail") { wrong.forEach { add(it.json()) } }
    }
    file.absoluteFile.parentFile.mkdirs()
    file.writeText(PRETTY.encodeToString(JsonElement.serializer(), json) + "\n")
}

private fun version(): String {
    val build = Properties()
    Result::class.java.getResourceAsStream("build.properties").use(build::load)
    return build.getProperty("version")
}
