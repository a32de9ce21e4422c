package dev.evertoken.scenarios

import dev.evertoken.EvertokenException

/** Holds what a file expects against what has happened, counts what it compares, and remembers what that covers. */
internal class Check(private val world: World, private val tally: Tally) {
    private val counted = mutableMapOf<Pair<String, String>, Long>()
    private val ended = mutableMapOf<String, Boolean>()
    private val told = mutableMapOf<String, Int>()
    private var tokens = emptyMap<String, String>()

    private fun same(kind: Kind, what: String, expected: Any?, got: Any?) {
        tally.made += 1
        if (expected != got) {
            throw Failure(kind, "$what: expected $expected, got $got")
        }
    }

    /** Compares what is named. */
    private fun named(kind: Kind, what: String, expected: Any?, got: Any?) {
        if (expected != null) {
            same(kind, what, expected, got)
        }
    }

    /** A token that was not issued stays a name, and so differs from whatever came. */
    private fun filledIn(text: String): String = TOKEN_NAME.replace(text) { tokens[it.value] ?: it.value }

    /** Notes a request that clears the log: counts begin anew. */
    fun control(step: Step.Control) {
        if (step.path == "/reset" || (step.method == "DELETE" && step.path == "/log")) {
            counted.clear()
        }
    }

    /** Holds a step's expectations against the world. */
    fun expect(expect: Step.Expect) {
        tokens = world.control.tokens(expect.named.map { TOKEN_NAME.matchEntire(it)!!.groupValues[1] }.toSet())
        for ((name, call) in expect.calls) {
            ended[name] = !call.waiting
            calls(name, call)
        }
        counts(expect.counts)
        expect.sent.forEach(::sent)
        for ((client, names) in expect.events) {
            val all = world.eventsOf(client).map { it.type }
            same(Kind.WRONG_EVENTS, "events of $client", names, all.drop(told[client] ?: 0))
            told[client] = all.size
        }
        expect.explain.forEach(::explain)
    }

    /** The end of a file: every call and every request was spoken of. */
    fun end() {
        tally.made += 1
        for ((name, calls) in world.calls.toSortedMap()) {
            val waits = calls.any { it.returned == null }
            val ended = ended[name]
            if (ended == null && waits) {
                throw Failure(Kind.STUCK, "`$name` has not returned")
            }
            if (ended == null || (!ended && !waits)) {
                throw Failure(Kind.MISSING_STEP, "no step says how `$name` ended")
            }
        }
        tally.made += 1
        for ((vendor, received) in world.control.counts()) {
            for ((kind, number) in received.byKind()) {
                val expected = counted[vendor to kind] ?: 0
                if (expected != number) {
                    val last = "the last count was $expected, at the end there are $number"
                    throw Failure(Kind.EXTRA_REQUEST, "$vendor: $kind requests: $last")
                }
            }
        }
    }

    /** Calls of `times` count once. */
    private fun calls(name: String, expected: CallIs) {
        val before = tally.made
        for (call in world.calls.getValue(name)) {
            tally.made = before
            call(name, expected, call.returned)
        }
    }

    private fun call(name: String, expected: CallIs, returned: Returned?) {
        when {
            returned == null && !expected.waiting -> throw Failure(Kind.STUCK, "`$name` has not returned")
            returned == null -> same(Kind.STUCK, name, true, true)
            returned is Returned.Cancelled && expected.cancelled -> same(Kind.WRONG_RESULT, name, true, true)
            returned is Returned.HttpFailure && expected.httpFailure -> same(Kind.WRONG_RESULT, name, true, true)
            returned is Returned.Header && expected.header != null ->
                same(Kind.WRONG_TOKEN, name, expected.header.mapValues { filledIn(it.value) }, returned.headers)
            returned is Returned.Header && expected.token != null -> {
                val (value, token) = returned.headers.values.joinToString() to filledIn(expected.token)
                same(Kind.WRONG_TOKEN, name, token, if (value.substringAfterLast(' ') == token) token else value)
            }
            returned is Returned.Token && expected.token != null ->
                same(Kind.WRONG_TOKEN, name, filledIn(expected.token), returned.token)
            returned is Returned.Failed && expected.error != null -> error(name, expected.error, returned.error)
            returned is Returned.Answer && expected.status != null -> {
                same(Kind.WRONG_STATUS, name, expected.status, returned.status.toLong())
                named(Kind.WRONG_RESULT, "$name: body", expected.body?.let(::filledIn), returned.body)
                headers(Kind.WRONG_RESULT, name, expected.headers, returned.headers)
            }
            else -> throw Failure(Kind.WRONG_RESULT, "`$name` returned $returned")
        }
    }

    private fun error(name: String, expected: ErrorIs, got: EvertokenException) {
        val shown = "$name: $got"
        same(Kind.WRONG_CODE, shown, expected.code, got.code)
        named(Kind.WRONG_CODE, "$shown: class", expected.errorClass, got.errorClass)
        named(Kind.WRONG_RESULT, "$shown: retryable", expected.retryable, got.retryable)
        val retryAt = got.retryAtMillis?.let { it - START_MILLIS }
        named(Kind.WRONG_TIME, "$shown: retry_at_ms", expected.retryAtMillis, retryAt)
        named(Kind.WRONG_RESULT, "$shown: status", expected.status, got.status?.toLong())
        named(Kind.WRONG_RESULT, "$shown: provider_code", expected.providerCode, got.providerCode)
        if (expected.says != null) {
            val says = "${got.description.orEmpty()} ${got.fix}"
            same(Kind.WRONG_RESULT, "$shown: says ${expected.says}", true, expected.says in says)
        }
    }

    private fun headers(kind: Kind, of: String, expected: Map<String, String?>, got: List<Pair<String, String>>) {
        for ((name, value) in expected) {
            val values = got.filter { it.first == name }.map { it.second }
            same(kind, "$of: $name", value?.let(::filledIn), values.takeIf { it.isNotEmpty() }?.joinToString())
        }
    }

    private fun counts(expected: Map<String, Counts>) {
        if (expected.isEmpty()) {
            return
        }
        val received = world.control.counts()
        for ((vendor, counts) in expected) {
            for ((kind, number) in counts.byKind()) {
                val got = received.getValue(vendor).byKind()[kind]
                named(Kind.WRONG_COUNT, "$kind requests to $vendor", number, got)
                number?.let { counted[vendor to kind] = it }
            }
        }
    }

    private fun sent(expected: Sent) {
        val of = "${expected.vendor} ${expected.kind} request ${expected.nth}"
        val log = world.control.log(expected.vendor, expected.kind)
        val entry = log.getOrNull(expected.nth - 1)
            ?: throw Failure(Kind.MISSING_REQUEST, "$of: only ${log.size} came")
        named(Kind.WRONG_BYTES, "$of: method", expected.method, entry.method)
        named(Kind.WRONG_BYTES, "$of: path", expected.path, entry.target)
        headers(Kind.WRONG_BYTES, of, expected.headers, entry.headers)
        named(Kind.WRONG_BYTES, "$of: body", expected.body?.let(::filledIn), entry.body)
        named(Kind.WRONG_STATUS, "$of: answered", expected.status, entry.status)
    }

    private fun explain(client: String, expected: Explained) {
        val kind = Kind.WRONG_EXPLANATION
        val got = world.explain(client) ?: throw Failure(kind, "$client could not be made")
        val held = got.token
        named(kind, "$client: token", expected.token, held?.zone ?: "none")
        named(kind, "$client: lifetime_ms", expected.lifetimeMillis, held?.lifetimeMillis)
        named(kind, "$client: flight", expected.flight, got.flight)
        named(kind, "$client: why", expected.why, got.why)
        named(kind, "$client: waiting", expected.waiting, got.waiting)
    }
}

private fun Counts.byKind() = mapOf("token" to token, "api" to api)

private fun Received.byKind() = mapOf("token" to token, "api" to api)
