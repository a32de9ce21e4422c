package dev.evertoken.scenarios

import dev.evertoken.Api
import dev.evertoken.ApiKey
import dev.evertoken.ClientCredentials
import dev.evertoken.Header
import dev.evertoken.OroSurface
import dev.evertoken.Provider
import dev.evertoken.TokenAnswer
import dev.evertoken.TokenSource
import dev.evertoken.Transport
import dev.evertoken.broker
import dev.evertoken.didomi
import dev.evertoken.fixed
import dev.evertoken.oauth2
import dev.evertoken.oroCommerce
import dev.evertoken.oroPlatform
import dev.evertoken.piwikPro
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonPrimitive
import java.io.File

/** The token that every source of a vector has. */
internal const val VECTOR_TOKEN = "vector-token-77c1"

private val CREDENTIALS = ClientCredentials("vector-client", "vector-secret-5a1f")
private val KEY = ApiKey("vector-key", "vector-secret-5a1f")

/** What a client is made of. */
internal class GrantRow(
    val provider: String,
    val variables: Map<String, String>,
    val surface: String?,
    val endpoint: String?,
    val api: ApiRow?,
)

internal sealed interface ApiRow {
    class Url(val url: String) : ApiRow

    class Half(val of: GrantRow) : ApiRow
}

/** A text that a user passes to a client; an empty [accept] is one that is not set, none one that is not looked at. */
internal class RequestRow(
    val grant: String,
    val text: String,
    val url: String?,
    val accept: String?,
    val refused: String?,
    val fix: String,
)

internal class AccountRow(val grant: GrantRow, val base: String?, val refused: String?, val fix: String)

/** `core/vectors/urls.json`; a field that is not known is refused. */
internal class Vectors(
    val grants: Map<String, GrantRow>,
    val requests: List<RequestRow>,
    val accounts: List<AccountRow>,
) {
    companion object {
        fun read(): Vectors {
            val above = generateSequence(File("").absoluteFile) { it.parentFile }
            val file = above.map { it.resolve("core/vectors/urls.json") }.first(File::exists)
            val json = Json.parseToJsonElement(file.readText())
            return Value(json, "the file").members {
                check(needed("version", Value::natural) == 1L) { "another version" }
                Vectors(
                    needed("grants") { grants -> grants.map { it.members { grant() } } },
                    needed("requests") { requests -> requests.list { it.members { request() } } },
                    needed("accounts") { accounts -> accounts.list { it.members { account() } } },
                )
            }
        }
    }
}

private fun Members.grant(): GrantRow = GrantRow(
    needed("provider", Value::text),
    optional("variables", Value::texts).orEmpty(),
    optional("surface", Value::text),
    optional("endpoint", Value::text),
    optional("api") { api ->
        if (api.json is JsonPrimitive) ApiRow.Url(api.text()) else ApiRow.Half(api.members { grant() })
    },
).also { optional("resolved", Value::record) }

private fun Members.request(): RequestRow = RequestRow(
    needed("grant", Value::text),
    needed("text", Value::text),
    optional("url", Value::text),
    optional("accept") { if (it.json is JsonNull) "" else it.text() },
    optional("refused", Value::text),
    optional("fix", Value::text).orEmpty(),
).also { optional("why", Value::text) }

private fun Members.account(): AccountRow = AccountRow(
    GrantRow(needed("provider", Value::text), needed("variables", Value::texts), "storefront", null, null),
    optional("base", Value::text),
    optional("refused", Value::text),
    optional("fix", Value::text).orEmpty(),
)

/** A source of a row's grant, whose token requests are all granted. */
internal fun GrantRow.source(): TokenSource = TokenSource(provider(), Transport { GRANTED })

private val GRANTED = TokenAnswer(
    200,
    listOf(Header("content-type", "application/json")),
    """{"access_token":"$VECTOR_TOKEN","token_type":"Bearer","expires_in":3600}""".toByteArray(),
)

private fun GrantRow.provider(): Provider = when (provider) {
    "piwik_pro" -> piwikPro(variables["account"].orEmpty(), CREDENTIALS, endpoint)
    "didomi" -> didomi(KEY, endpoint)
    "oro_commerce" -> oroCommerce(variables["url"].orEmpty(), surface(), CREDENTIALS, variables["backend_prefix"])
    "oro_platform" -> oroPlatform(variables["url"].orEmpty(), CREDENTIALS)
    "oauth2" -> oauth2(endpoint.orEmpty(), api(), CREDENTIALS)
    "broker" -> broker(endpoint.orEmpty(), api())
    "fixed" -> fixed(VECTOR_TOKEN, api())
    else -> error("there is no provider $provider")
}

private fun GrantRow.surface() = OroSurface.valueOf(surface.orEmpty().uppercase())

private fun GrantRow.api(): Api = when (val api = checkNotNull(api)) {
    is ApiRow.Url -> Api.url(api.url)
    is ApiRow.Half -> api.of.half()
}

private fun GrantRow.half(): Api = when (provider) {
    "piwik_pro" -> Api.piwikPro(variables["account"].orEmpty(), endpoint)
    "didomi" -> Api.didomi(endpoint)
    "oro_commerce" -> Api.oroCommerce(variables["url"].orEmpty(), surface(), variables["backend_prefix"])
    "oro_platform" -> Api.oroPlatform(variables["url"].orEmpty())
    else -> error("$provider has no API of its own")
}
