package dev.evertoken.scenarios

import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json

/** Reads a file: what the format does not have, what no step brought about, and what expects nothing is a failure. */
internal fun parse(text: String): Scenario {
    val json = try {
        Json.parseToJsonElement(text)
    } catch (error: SerializationException) {
        throw malformed(error.toString())
    }
    val document = Value(json, "the file").members { document() }
    val steps = document.steps.mapIndexed { at, step -> placed(at) { step(step) } }
    return Scenario(document.clients, document.entropy, steps).also(::check)
}

private fun check(scenario: Scenario) {
    val begun = mutableSetOf<String>()
    scenario.steps.forEachIndexed { at, step ->
        placed(at) {
            step.clients().firstOrNull { it !in scenario.clients }?.let { missing("client", it) }
            if (step is Step.Begin && !begun.add(step.name)) {
                throw malformed("another call is named `${step.name}`")
            }
            step.calls().firstOrNull { it !in begun }?.let { missing("call", it) }
            (step as? Step.Expect)?.let(::checkExpect)
        }
    }
    if (scenario.steps.none { it is Step.Expect }) {
        throw Failure(Kind.NO_EXPECTATION, "no step expects anything")
    }
}

private fun missing(noun: String, name: String): Nothing =
    throw Failure(Kind.MISSING_STEP, "the $noun `$name` is made nowhere")

private fun checkExpect(expect: Step.Expect) {
    if (expect.assertions == 0) {
        throw Failure(Kind.NO_EXPECTATION, "the step expects nothing")
    }
    for ((name, call) in expect.calls) {
        for (one in listOf(call) + call.hidden) {
            if (one.forms != 1) {
                throw malformed("`$name` is to be one thing, not ${one.forms}")
            }
            if (one.status == null && (one.body != null || one.headers.isNotEmpty())) {
                throw malformed("`$name`: body and headers go with a status")
            }
            if (one.assertions != call.assertions) {
                throw malformed("`$name`: what is hidden is compared as often as what is shown")
            }
        }
    }
}

private fun Step.clients(): Collection<String> = when (this) {
    is Step.Expect -> events.keys + explain.keys
    else -> listOfNotNull(client)
}

private fun Step.calls(): Collection<String> = when (this) {
    is Step.Expect -> calls.keys
    is Step.Cancel -> listOf(call)
    else -> emptyList()
}
