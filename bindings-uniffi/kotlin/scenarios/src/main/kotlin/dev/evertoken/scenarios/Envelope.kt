package dev.evertoken.scenarios

import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.intOrNull
import kotlinx.serialization.json.put
import kotlinx.serialization.json.putJsonObject

/** A scenario file as it was found; [file] is its path below `core/scenarios`. */
class ScenarioFile(val file: String, val text: String) {
    private val document: JsonObject by lazy {
        try {
            Json.parseToJsonElement(text) as? JsonObject
        } catch (_: SerializationException) {
            null
        } ?: JsonObject(emptyMap())
    }

    /** Its sentence, if it can be read. */
    val title: String get() = (document["name"] as? JsonPrimitive)?.contentOrNull ?: file

    /** How it must fail, if it is wrong on purpose. */
    val mustFail: Stated?
        get() = (document["must_fail"] as? JsonObject)?.let {
            Stated((it["kind"] as? JsonPrimitive)?.content.orEmpty(), (it["step"] as? JsonPrimitive)?.intOrNull)
        }
}

/** The failure that a file which is wrong on purpose must come to. */
class Stated(val kind: String, val step: Int?)

/** How many comparisons were made. */
class Tally {
    var made: Int = 0
}

/** The result of one file; without a failure it has passed. */
class Result(private val file: ScenarioFile, val assertions: Int, val failure: Failure?) {
    val isRight: Boolean get() = file.mustFail == null

    val told: String get() = "${file.title} (${file.file}): $failure"

    fun json(): JsonObject = buildJsonObject {
        put("name", file.title)
        put("file", file.file)
        put("level", "client")
        put("assertions", assertions)
        putJsonObject("outcome") {
            put("result", if (failure == null) "passed" else "failed")
            if (failure != null) {
                put("kind", failure.kind.toString())
                failure.step?.let { put("step", it) }
                put("detail", failure.detail)
            }
        }
    }
}

/** Runs a file and judges it; what a file that is wrong on purpose came to is turned round. */
internal fun result(file: ScenarioFile, run: (Tally) -> Unit): Result {
    val tally = Tally()
    val failure = try {
        run(tally)
        null
    } catch (failure: Failure) {
        failure
    } catch (error: Throwable) {
        // What nobody foresaw is one file's failure, too.
        Failure(Kind.WRONG_RESULT, error.stackTraceToString())
    }
    return Result(file, tally.made, judged(file, failure))
}

private fun judged(file: ScenarioFile, failure: Failure?): Failure? {
    val stated = file.mustFail ?: return failure
    val place = stated.step?.let { " at step $it" }.orEmpty()
    return when {
        failure == null -> Failure(Kind.NOT_FAILED, "${stated.kind} was not reported", stated.step)
        failure.kind == Kind.of(stated.kind) && failure.step == stated.step -> null
        else -> Failure(Kind.FAILED_OTHERWISE, "expected ${stated.kind}$place, got $failure", failure.step)
    }
}
