@file:JvmName("Providers")

package dev.evertoken

import dev.evertoken.internal.ffi.GrantOptions
import dev.evertoken.internal.oroVariables
import dev.evertoken.internal.pairs

/**
 * Makes a provider for tokens that your own server hands out: the one for apps, which cannot keep a secret.
 *
 * @param url where tokens are asked for, by POST with an empty body; the answer is that of RFC 6749 section 5.1.
 * @param headers makes the headers of each token request.
 */
@JvmOverloads
public fun broker(url: String, api: Api, headers: BrokerHeaders? = null): Provider = Provider(
    name = "broker",
    options = GrantOptions(provider = "broker", endpoint = url, apiUrl = api.url),
    api = api,
    credentials = Credentials.environment,
    isSecret = false,
    headers = headers,
)

/**
 * Makes the provider of a Piwik PRO account; for servers, because it needs a secret.
 *
 * @param account its host, such as `acme.piwik.pro`.
 * @param endpoint replaces the account's address, for tests.
 */
@JvmOverloads
public fun piwikPro(
    account: String,
    credentials: Credentials = Credentials.environment,
    endpoint: String? = null,
): Provider = secret(
    GrantOptions(provider = "piwik_pro", variables = mapOf("account" to account).pairs(), endpoint = endpoint),
    credentials,
)

/**
 * Makes the provider of Didomi; for servers, because it needs a secret.
 *
 * @param endpoint replaces Didomi's address, for tests.
 */
@JvmOverloads
public fun didomi(credentials: Credentials = Credentials.environment, endpoint: String? = null): Provider =
    secret(GrantOptions(provider = "didomi", endpoint = endpoint), credentials)

/**
 * Makes the provider of an OroCommerce application; for servers, because it needs a secret.
 *
 * @param url the application's URL, with its folder if it has one.
 * @param surface the API that the client was made for.
 * @param backendPrefix the back-office's path prefix, where it is not `admin`.
 */
@JvmOverloads
public fun oroCommerce(
    url: String,
    surface: OroSurface,
    credentials: Credentials = Credentials.environment,
    backendPrefix: String? = null,
): Provider = secret(
    GrantOptions(
        provider = "oro_commerce",
        variables = oroVariables(url, backendPrefix),
        surface = surface.core,
    ),
    credentials,
)

/**
 * Makes the provider of an OroPlatform application; for servers, because it needs a secret.
 *
 * @param url the application's URL, with its folder if it has one.
 */
@JvmOverloads
public fun oroPlatform(url: String, credentials: Credentials = Credentials.environment): Provider =
    secret(GrantOptions(provider = "oro_platform", variables = mapOf("url" to url).pairs()), credentials)

/**
 * Makes the provider of an OAuth 2 token endpoint with the grant `client_credentials`; for servers, because it needs a
 * secret.
 *
 * @param endpoint the token endpoint.
 * @param audience the audience, where the server wants one.
 * @param resource the resource of RFC 8707.
 * @param clientAuth where the client's secret goes: [ClientAuth.BASIC] unless told.
 * @param body how the body is written: [BodyEncoding.FORM] unless told.
 * @param parameters further parameters of the token request.
 */
@JvmOverloads
public fun oauth2(
    endpoint: String,
    api: Api,
    credentials: Credentials = Credentials.environment,
    scopes: List<String> = emptyList(),
    audience: String? = null,
    resource: String? = null,
    clientAuth: ClientAuth? = null,
    body: BodyEncoding? = null,
    parameters: Map<String, String> = emptyMap(),
): Provider = secret(
    GrantOptions(
        provider = "oauth2",
        endpoint = endpoint,
        scopes = scopes.toList(),
        audience = audience,
        resource = resource,
        parameters = parameters.pairs(),
        clientAuth = clientAuth?.core,
        body = body?.core,
        apiUrl = api.url,
    ),
    credentials,
    api,
)

/**
 * Makes a provider from a descriptor of your own.
 *
 * @param descriptor JSON, as `core/providers/provider.schema.json` has it.
 * @param variables values of the descriptor's variables.
 * @param surface the API's surface, where the descriptor has several.
 * @param api the API, where the descriptor does not know it.
 * @param clientId names the client, where that is no part of the credentials.
 * @param endpoint replaces the provider's address.
 */
@JvmOverloads
public fun custom(
    descriptor: String,
    variables: Map<String, String> = emptyMap(),
    surface: String? = null,
    api: Api? = null,
    credentials: Credentials = Credentials.environment,
    clientId: String? = null,
    scopes: List<String> = emptyList(),
    audience: String? = null,
    resource: String? = null,
    endpoint: String? = null,
): Provider = Provider(
    name = "custom",
    options = GrantOptions(
        descriptor = descriptor,
        variables = variables.pairs(),
        endpoint = endpoint,
        clientId = clientId,
        scopes = scopes.toList(),
        audience = audience,
        resource = resource,
        surface = surface,
        apiUrl = api?.url,
    ),
    api = api,
    credentials = credentials,
    isSecret = credentials != Credentials.environment,
)

/** Makes the provider of one given token, for tests: it asks nobody, and a rejection reaches the caller. */
public fun fixed(token: String, api: Api): Provider = Provider(
    name = "fixed",
    options = GrantOptions(provider = "fixed", apiUrl = api.url),
    api = api,
    credentials = NamedCredentials(mapOf("token" to token)),
    isSecret = false,
)

private fun secret(options: GrantOptions, credentials: Credentials, api: Api? = null): Provider =
    Provider(options.provider.orEmpty(), options, api, credentials, isSecret = true)
