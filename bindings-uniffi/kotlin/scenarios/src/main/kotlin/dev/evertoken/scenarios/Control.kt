package dev.evertoken.scenarios

import dev.evertoken.sandbox.Sandbox
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import kotlinx.serialization.json.longOrNull

/** The sandbox's control API, as every runner has it. */
internal class Control(private val sandbox: Sandbox) {
    /** Sends one request; an answer that is no success is the file's failure. */
    fun send(method: String, path: String, body: JsonObject? = null): JsonElement =
        try {
            sandbox.ask(method, path, body?.toString())
        } catch (refused: IllegalStateException) {
            throw malformed("the sandbox refuses ${refused.message}")
        }

    /** Begins anew, with a clock that stands at this time. */
    fun reset(atMillis: Long) {
        send("POST", "/reset")
        clock("frozen" to JsonPrimitive(true), "set_ms" to JsonPrimitive(atMillis))
    }

    fun advance(millis: Long) {
        clock("advance_ms" to JsonPrimitive(millis))
    }

    private fun clock(vararg changes: Pair<String, JsonPrimitive>) {
        send("POST", "/clock", JsonObject(mapOf(*changes)))
    }

    /** Waits until so many requests have arrived and none is being worked on, for a while. */
    fun idle(received: Int): Idle = Idle(send("GET", "/idle?received=$received&wait_ms=200").jsonObject)

    /** How long it is to the next answer that waits for the clock; null without one. */
    fun nextAnswerMillis(): Long? {
        val due = idle(0).nextDueMillis ?: return null
        val now = send("GET", "/clock").jsonObject.getValue("now_ms").jsonPrimitive.long
        return maxOf(due - now, 0)
    }

    /** How many requests each vendor has had of each kind. */
    fun counts(): Map<String, Received> =
        send("GET", "/counts").jsonObject.mapValues { (_, of) -> Received(of.jsonObject) }

    fun log(vendor: String, kind: String): List<Entry> =
        send("GET", "/log?vendor=$vendor&kind=$kind").jsonArray.map { Entry(it.jsonObject) }

    /** The tokens that vendors have issued, by their names such as `<oro#1>`. */
    fun tokens(vendors: Collection<String>): Map<String, String> = vendors.flatMap { vendor ->
        send("GET", "/$vendor/tokens").jsonArray.map(JsonElement::jsonObject).map { issued ->
            "<$vendor#${issued.getValue("serial").jsonPrimitive.int}>" to issued.getValue("token").jsonPrimitive.content
        }
    }.toMap()

    /** Replaces what stands for the sandbox's addresses in a file, such as `${'$'}{oro.https}`. */
    fun filledIn(text: String): String = ADDRESS.replace(text) { name ->
        val (vendor, scheme) = name.destructured
        ((sandbox.line[vendor] as? JsonObject)?.get(scheme) as? JsonPrimitive)?.content ?: name.value
    }
}

private val ADDRESS = Regex("""\$\{(\w+)\.(https?)}""")

/** Whether anything is going on at the sandbox. */
internal class Idle(json: JsonObject) {
    val isIdle: Boolean = json.getValue("idle").jsonPrimitive.boolean
    val received: Int = json.getValue("received").jsonPrimitive.int
    val delayed: Int = json.getValue("delayed").jsonPrimitive.int
    val held: Int = json.getValue("held").jsonPrimitive.int
    val nextDueMillis: Long? = json.getValue("next_due_ms").jsonPrimitive.longOrNull
}

internal class Received(json: JsonObject) {
    val token: Long = json.getValue("token").jsonPrimitive.long
    val api: Long = json.getValue("api").jsonPrimitive.long
}

/** A request as the sandbox has logged it. */
internal class Entry(json: JsonObject) {
    val method: String = json.getValue("method").jsonPrimitive.content
    val target: String = json.getValue("target").jsonPrimitive.content
    val body: String? = json["body_text"]?.jsonPrimitive?.contentOrNull
    val status: Long? = json["status"]?.takeUnless { it is JsonNull }?.jsonPrimitive?.long
    val headers: List<Pair<String, String>> = json.getValue("headers").jsonArray.map(JsonElement::jsonArray).map(::pair)
}

private fun pair(json: JsonArray): Pair<String, String> = json[0].jsonPrimitive.content to json[1].jsonPrimitive.content
