// A provider, made of what a file says as a user makes it.

package dev.evertoken.scenarios

import dev.evertoken.Api
import dev.evertoken.ApiKey
import dev.evertoken.BodyEncoding
import dev.evertoken.ClientAuth
import dev.evertoken.ClientCredentials
import dev.evertoken.Credentials
import dev.evertoken.NamedCredentials
import dev.evertoken.OroSurface
import dev.evertoken.Policy
import dev.evertoken.Provider
import dev.evertoken.broker
import dev.evertoken.custom
import dev.evertoken.didomi
import dev.evertoken.fixed
import dev.evertoken.oauth2
import dev.evertoken.oroCommerce
import dev.evertoken.oroPlatform
import dev.evertoken.piwikPro

internal fun ClientSpec.provider(): Provider {
    val url = url.orEmpty()
    val endpoint = endpoint.orEmpty()
    val given = credentials(credentials.orEmpty())
    return when (provider) {
        "piwik_pro" -> piwikPro(url, given)
        "didomi" -> didomi(given, endpoint = this.url)
        "oro_commerce" -> oroCommerce(url, surface(), given, backendPrefix)
        "oro_platform" -> oroPlatform(url, given)
        "oauth2" -> oauth2(
            endpoint,
            api = api(),
            credentials = given,
            scopes = scopes.orEmpty(),
            audience = audience,
            clientAuth = clientAuth?.let { ClientAuth.valueOf(it.uppercase()) },
            body = body?.let { BodyEncoding.valueOf(it.uppercase()) },
        )
        "broker" -> broker(endpoint, api())
        "fixed" -> fixed(credentials.orEmpty()["token"].orEmpty(), api())
        "custom" -> custom(
            descriptor.toString(),
            variables = variables.orEmpty(),
            surface = surface,
            api = api?.let { api() },
            credentials = given,
        )
        else -> throw malformed("there is no provider `$provider`")
    }
}

/** Credentials of the kind that their names tell. */
internal fun credentials(named: Map<String, String>): Credentials = when (named.keys) {
    emptySet<String>() -> Credentials.environment
    setOf("client_id", "client_secret") ->
        ClientCredentials(named.getValue("client_id"), named.getValue("client_secret"))
    setOf("key", "secret") -> ApiKey(named.getValue("key"), named.getValue("secret"))
    else -> NamedCredentials(named)
}

/** The policy's fields by the names that they have in Kotlin. */
internal fun policy(numbers: Map<String, Long>): Policy = Policy().apply {
    for ((name, number) in numbers) {
        val setter = "set" + name.split('_').joinToString("") { it.replaceFirstChar(Char::uppercase) }
        javaClass.getMethod(setter, java.lang.Long::class.java).invoke(this, number)
    }
}

private fun ClientSpec.surface() = OroSurface.valueOf(surface.orEmpty().uppercase())

/** Where a token may go: a URL, or the API half of a built-in provider. */
private fun ClientSpec.api(): Api = when (api) {
    null -> Api.url("")
    is ApiSpec.Url -> Api.url(api.url)
    is ApiSpec.Half -> api.of.half()
}

private fun ClientSpec.half(): Api = when (provider) {
    "piwik_pro" -> Api.piwikPro(url.orEmpty())
    "didomi" -> Api.didomi(url)
    "oro_commerce" -> Api.oroCommerce(url.orEmpty(), surface(), backendPrefix)
    "oro_platform" -> Api.oroPlatform(url.orEmpty())
    else -> throw malformed("$provider has no API of its own")
}
