package dev.evertoken.sandbox

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse.BodyHandlers
import java.util.concurrent.TimeUnit

/** A running sandbox, which ends with this process; `line` is what it printed. Its README describes the protocol. */
class Sandbox private constructor(private val process: Process, val line: JsonObject) : AutoCloseable {
    private val control = line.text("control")

    /** Where the certificate of its CA is, for https. */
    val caFile: String get() = line.text("ca_pem_file")

    /**
     * A vendor with one of its keys: `piwik_pro`, `didomi`, `oauth2`, `oro` with the key `oro_back_office` or
     * `oro_storefront`, and `elsewhere`, which has none.
     */
    fun vendor(name: String, key: String = name): Vendor = Vendor(this, name, key)

    /** Asks the control API; what goes there and comes back is JSON. */
    fun ask(method: String, path: String, body: String? = null): JsonElement {
        val publisher = body?.let(BodyPublishers::ofString) ?: BodyPublishers.noBody()
        val request = HttpRequest.newBuilder(URI(control + path)).method(method, publisher).build()
        val answer = http.send(request, BodyHandlers.ofString())
        check(answer.statusCode() in 200..299) { "$method $path: ${answer.body()}" }
        return Json.parseToJsonElement(answer.body())
    }

    /** Makes everything new: initial keys, no tokens, faults and settings, an empty log, real time. */
    fun reset() {
        ask("POST", "/reset")
    }

    /** Moves the clock of all vendors. */
    fun advance(millis: Long) {
        ask("POST", "/clock", """{"advance_ms": $millis}""")
    }

    /** Waits until so many requests have arrived and all are over, held or delayed. */
    fun idle(received: Int = 0, waitMillis: Long = 5_000): JsonObject =
        ask("GET", "/idle?received=$received&wait_ms=$waitMillis").jsonObject

    /** How many answers are held. */
    val held: Int get() = going("held")

    /** How many requests ended because the client went away. */
    val aborted: Int get() = going("aborted")

    private fun going(name: String): Int = ask("GET", "/idle").jsonObject.getValue(name).jsonPrimitive.int

    override fun close() {
        process.outputStream.close()
        if (!process.waitFor(10, TimeUnit.SECONDS)) process.destroyForcibly()
    }

    companion object {
        private val http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()

        /** The one that the tests of this process share. */
        val shared: Sandbox by lazy { start() }

        /** Starts the program that the environment variable `EVERTOKEN_SANDBOX` names. */
        fun start(vararg arguments: String): Sandbox {
            val program = checkNotNull(System.getenv("EVERTOKEN_SANDBOX")) {
                "EVERTOKEN_SANDBOX does not name the program that `cargo build -p evertoken-sandbox` makes"
            }
            val process = ProcessBuilder(program, *arguments).redirectError(ProcessBuilder.Redirect.INHERIT).start()
            val line = checkNotNull(process.inputStream.bufferedReader().readLine()) { "the sandbox did not start" }
            return Sandbox(process, Json.parseToJsonElement(line).jsonObject)
        }
    }
}

internal fun JsonObject.text(name: String): String = getValue(name).jsonPrimitive.content
