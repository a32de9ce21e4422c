// The format of a client-level file; `core/scenarios/README.md` says what each member means.

package dev.evertoken.scenarios

import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

/** The client that a step means when it names none. */
internal const val MAIN = "main"

internal val VENDORS = listOf("piwik_pro", "didomi", "oro", "oauth2", "elsewhere")

private val PROVIDERS =
    listOf("piwik_pro", "didomi", "oro_commerce", "oro_platform", "oauth2", "broker", "fixed", "custom")

/** What a platform may hide; this one hides nothing. */
private val HIDDEN = listOf("redirects", "unexposed_headers", "network_errors")

/** What stands for the N-th token of a vendor. */
internal val TOKEN_NAME = Regex("<(\\w+)#\\d+>")

internal class Scenario(val clients: Map<String, ClientSpec>, val entropy: String?, val steps: List<Step>)

/** A client, or the API half of a built-in provider. */
internal class ClientSpec(
    val provider: String,
    val url: String?,
    val endpoint: String?,
    val surface: String?,
    val backendPrefix: String?,
    val clientAuth: String?,
    val body: String?,
    val scopes: List<String>?,
    val audience: String?,
    val descriptor: JsonObject?,
    val variables: Map<String, String>?,
    val credentials: Map<String, String>?,
    val policy: Map<String, Long>,
    val api: ApiSpec?,
)

internal sealed interface ApiSpec {
    class Url(val url: String) : ApiSpec

    class Half(val of: ClientSpec) : ApiSpec
}

internal sealed interface Step {
    /** The client that it is about, if it is about one. */
    val client: String? get() = null

    class Control(val method: String, val path: String, val body: JsonObject?) : Step

    /** Begins calls. */
    sealed class Begin : Step {
        abstract val name: String
        abstract val times: Int
        abstract override val client: String
    }

    class Headers(
        override val name: String,
        override val client: String,
        override val times: Int,
        val minValidMillis: Long?,
        val patienceMillis: Long?,
    ) : Begin()

    class Token(override val name: String, override val client: String, override val times: Int) : Begin()

    class Request(
        override val name: String,
        override val client: String,
        override val times: Int,
        val path: String,
        val method: String,
        val headers: Map<String, String>,
        val json: JsonElement?,
        val body: String?,
        val replayable: Boolean,
    ) : Begin()

    class Cancel(val call: String) : Step

    class Invalidate(override val client: String) : Step

    class Retry(override val client: String) : Step

    class CredentialsChanged(
        override val client: String,
        val credentials: Map<String, String>,
        val dropToken: Boolean,
    ) : Step

    class Logout(override val client: String) : Step

    class Close(override val client: String) : Step

    class Advance(val millis: Long) : Step

    class Suspend(val millis: Long) : Step

    class StepWall(val millis: Long) : Step

    class Expect(
        val calls: Map<String, CallIs>,
        val counts: Map<String, Counts>,
        val sent: List<Sent>,
        val events: Map<String, List<String>>,
        val explain: Map<String, Explained>,
        /** The tokens that it names, such as `<oro#1>`. */
        val named: Set<String>,
    ) : Step {
        /** How many comparisons it makes: one for each value that it names. */
        val assertions: Int
            get() = calls.values.sumOf { it.assertions } + counts.values.sumOf { it.assertions } +
                sent.sumOf { it.assertions } + events.size + explain.values.sumOf { it.assertions }
    }
}

/** What has become of a call: exactly one of its forms. */
internal class CallIs(
    val waiting: Boolean,
    val cancelled: Boolean,
    val httpFailure: Boolean,
    val header: Map<String, String>?,
    val token: String?,
    val error: ErrorIs?,
    val status: Long?,
    val body: String?,
    val headers: Map<String, String?>,
    /** The same where a platform hides a fact. */
    val hidden: Collection<CallIs>,
) {
    val forms: Int
        get() = listOf(waiting, cancelled, httpFailure, header != null, token != null, error != null, status != null)
            .count { it }

    val assertions: Int
        get() = forms + (error?.let { it.assertions - 1 } ?: 0) + (if (body == null) 0 else 1) + headers.size
}

internal class ErrorIs(
    val code: String,
    val errorClass: String?,
    val retryable: Boolean?,
    val retryAtMillis: Long?,
    val status: Long?,
    val providerCode: String?,
    val says: String?,
    val assertions: Int,
)

internal class Counts(val token: Long?, val api: Long?) {
    val assertions: Int get() = listOfNotNull(token, api).size
}

internal class Sent(
    val vendor: String,
    val kind: String,
    val nth: Int,
    val method: String?,
    val path: String?,
    val headers: Map<String, String?>,
    val body: String?,
    val status: Long?,
) {
    val assertions: Int get() = listOfNotNull(method, path, body, status).size + headers.size
}

internal class Explained(
    val token: String?,
    val lifetimeMillis: Long?,
    val flight: String?,
    val why: String?,
    val waiting: Long?,
) {
    val assertions: Int get() = listOfNotNull(token, lifetimeMillis, flight, why, waiting).size
}

/** What a file has beside its steps, which are read one by one, so that what is wrong with one has its place. */
internal class Document(val clients: Map<String, ClientSpec>, val entropy: String?, val steps: List<JsonElement>)

internal fun Members.document(): Document {
    optional("\$schema", Value::text)
    needed("name", Value::text)
    needed("level") { it.word(listOf("client")) }
    needed("shows") { shows -> shows.list(Value::text) }
    needed("why", Value::text)
    optional("must_fail") { stated ->
        stated.members {
            needed("kind") { kind -> kind.word(Kind.entries.map(Kind::toString)) }
            optional("step", Value::natural)
        }
    }
    return Document(
        clients = needed("clients") { clients -> clients.map { it.members { client() } } },
        entropy = optional("entropy", Value::text),
        steps = needed("steps") { steps -> steps.list(Value::json) },
    )
}

private fun Members.client(): ClientSpec = spec(
    optional("api") { api ->
        val url = api.json as? JsonPrimitive
        if (url == null) ApiSpec.Half(api.members { spec(null) }) else ApiSpec.Url(api.text())
    },
)

private fun Members.spec(api: ApiSpec?) = ClientSpec(
    provider = needed("provider") { it.word(PROVIDERS) },
    url = optional("url", Value::text),
    endpoint = optional("endpoint", Value::text),
    surface = optional("surface", Value::text),
    backendPrefix = optional("backend_prefix", Value::text),
    clientAuth = optional("client_auth") { it.word(listOf("basic", "basic_raw", "body")) },
    body = optional("body") { it.word(listOf("form", "json")) },
    scopes = optional("scopes") { scopes -> scopes.list(Value::text) },
    audience = optional("audience", Value::text),
    descriptor = optional("descriptor", Value::record),
    variables = optional("variables", Value::texts),
    credentials = optional("credentials", Value::texts),
    policy = optional("policy") { policy -> policy.map(Value::natural) }.orEmpty(),
    api = api,
)

internal fun step(json: JsonElement): Step {
    val members = Value(json, "the step").record()
    members["note"]?.let { Value(it, "note").text() }
    val names = members.keys - "note"
    names.firstOrNull { it !in STEPS }?.let { throw Failure(Kind.UNKNOWN_STEP, "unknown step `$it`") }
    val name = names.singleOrNull() ?: throw malformed("a step is one of ${STEPS.keys.joinToString()}")
    return Value(members.getValue(name), name).members(STEPS.getValue(name))
}

private val STEPS: Map<String, Members.() -> Step> = mapOf(
    "control" to {
        Step.Control(needed("method", Value::text), needed("path", Value::text), optional("body", Value::record))
    },
    "headers" to {
        val minValid = optional("min_valid_ms", Value::natural)
        Step.Headers(name(), ofClient(), times(), minValid, optional("patience_ms", Value::natural))
    },
    "token" to { Step.Token(name(), ofClient(), times()) },
    "request" to {
        Step.Request(
            name = name(),
            client = ofClient(),
            times = times(),
            path = needed("path", Value::text),
            method = optional("method", Value::text) ?: "GET",
            headers = optional("headers", Value::texts).orEmpty(),
            json = optional("json", Value::json),
            body = optional("body", Value::text),
            replayable = optional("replayable", Value::flag) ?: true,
        )
    },
    "cancel" to { Step.Cancel(needed("call", Value::text)) },
    "invalidate" to { Step.Invalidate(ofClient()) },
    "retry" to { Step.Retry(ofClient()) },
    "credentials_changed" to {
        val credentials = needed("credentials", Value::texts)
        Step.CredentialsChanged(ofClient(), credentials, optional("drop_token", Value::flag) ?: false)
    },
    "logout" to { Step.Logout(ofClient()) },
    "close" to { Step.Close(ofClient()) },
    "advance" to { Step.Advance(needed("ms", Value::natural)) },
    "suspend" to { Step.Suspend(needed("ms", Value::natural)) },
    "step_wall" to { Step.StepWall(needed("ms", Value::integer)) },
    "expect" to { expect() },
)

private fun Members.name(): String = needed("as", Value::text)

private fun Members.ofClient(): String = optional("client", Value::text) ?: MAIN

private fun Members.times(): Int = optional("times", Value::natural)?.toInt() ?: 1

private fun Members.expect() = Step.Expect(
    calls = optional("calls") { calls -> calls.map { it.members { callIs(isShown = true) } } }.orEmpty(),
    counts = optional("counts") { counts -> vendors(counts.map { it.members { counts() } }) }.orEmpty(),
    sent = optional("sent") { sent -> sent.list { it.members { sent() } } }.orEmpty(),
    events = optional("events") { events -> events.map { names -> names.list(Value::text) } }.orEmpty(),
    explain = optional("explain") { explain -> explain.map { it.members { explained() } } }.orEmpty(),
    named = found(TOKEN_NAME),
)

private fun <T> vendors(of: Map<String, T>): Map<String, T> =
    of.onEach { (vendor, _) -> if (vendor !in VENDORS) throw malformed("counts: there is no vendor `$vendor`") }

private fun Members.counts() = Counts(optional("token", Value::natural), optional("api", Value::natural))

private fun Members.callIs(isShown: Boolean): CallIs = CallIs(
    waiting = optional("waiting", Value::flag) ?: false,
    cancelled = optional("cancelled", Value::flag) ?: false,
    httpFailure = optional("http_failure", Value::flag) ?: false,
    header = optional("header", Value::texts),
    token = optional("token", Value::text),
    error = optional("error") { error -> error.members { errorIs() } },
    status = optional("status", Value::integer),
    body = optional("body", Value::text),
    headers = optional("headers") { headers -> headers.map(Value::textOrNull) }.orEmpty(),
    hidden = if (isShown) hidden() else emptyList(),
)

private fun Members.hidden(): Collection<CallIs> = optional("hidden") { hidden ->
    hidden.record().keys.firstOrNull { it !in HIDDEN }?.let { throw malformed("no platform hides `$it`") }
    hidden.map { it.members { callIs(isShown = false) } }.values
}.orEmpty()

private fun Members.errorIs() = ErrorIs(
    code = needed("code", Value::text),
    errorClass = optional("class", Value::text),
    retryable = optional("retryable", Value::flag),
    retryAtMillis = optional("retry_at_ms", Value::natural),
    status = optional("status", Value::integer),
    providerCode = optional("provider_code", Value::text),
    says = optional("says", Value::text),
    assertions = count(),
)

private fun Members.sent() = Sent(
    vendor = needed("vendor") { it.word(VENDORS) },
    kind = needed("kind") { it.word(listOf("token", "api")) },
    nth = needed("nth", Value::natural).toInt(),
    method = optional("method", Value::text),
    path = optional("path", Value::text),
    headers = optional("headers") { headers -> headers.map(Value::textOrNull) }.orEmpty(),
    body = optional("body", Value::text),
    status = optional("status", Value::integer),
)

private fun Members.explained() = Explained(
    token = optional("token", Value::text),
    lifetimeMillis = optional("lifetime_ms", Value::natural),
    flight = optional("flight", Value::text),
    why = optional("why", Value::text),
    waiting = optional("waiting", Value::natural),
)
