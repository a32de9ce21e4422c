package dev.evertoken.bench

import com.google.auth.oauth2.AccessToken
import com.google.auth.oauth2.OAuth2CredentialsWithRefresh
import dev.evertoken.Api
import dev.evertoken.ClientCredentials
import dev.evertoken.TokenSource
import dev.evertoken.oauth2
import dev.evertoken.okhttp.OkHttpTransport
import dev.evertoken.okhttp.authenticatedWith
import io.ktor.client.HttpClient
import io.ktor.client.engine.okhttp.OkHttp
import io.ktor.client.plugins.auth.Auth
import io.ktor.client.plugins.auth.providers.BearerTokens
import io.ktor.client.plugins.auth.providers.bearer
import io.ktor.client.request.get
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import okhttp3.Dispatcher
import okhttp3.FormBody
import okhttp3.OkHttpClient
import okhttp3.Request
import java.net.URI
import java.util.Date

/** Where tokens and answers come from. */
class Server(val tokenUrl: String, val apiUrl: String, val id: String, val secret: String)

/** Calls a URL and returns the status; throws what the library throws. */
fun interface Contender {
    suspend fun call(url: String): Int
}

/** As many threads as there are callers, so that nobody waits for a thread. */
private val threads = Dispatchers.IO.limitedParallelism(1_000)

private fun OkHttpClient.contender() = Contender { url ->
    withContext(threads) { newCall(Request.Builder().url(url).build()).execute().use { it.code } }
}

private fun patient() = OkHttpClient.Builder().callTimeout(java.time.Duration.ofSeconds(60))

/** Ours on OkHttp. */
fun evertoken(server: Server): Contender {
    val provider = oauth2(server.tokenUrl, Api.url(server.apiUrl), ClientCredentials(server.id, server.secret))
    return patient().authenticatedWith(TokenSource(provider, OkHttpTransport(OkHttpClient()))).build().contender()
}

/** Ktor's own plugin, on OkHttp. */
fun ktorAuth(server: Server): Contender {
    val plain = OkHttpClient()
    val client = HttpClient(OkHttp) {
        engine { config { dispatcher(wideOpen()) } }
        install(Auth) {
            bearer {
                loadTokens { BearerTokens(withContext(threads) { plain.fetch(server).value }, null) }
                refreshTokens { BearerTokens(withContext(threads) { plain.fetch(server).value }, null) }
                sendWithoutRequest { true }
            }
        }
    }
    return Contender { client.get(it).status.value }
}

private fun wideOpen() = Dispatcher().apply {
    maxRequests = 1_000
    maxRequestsPerHost = 1_000
}

/** google-auth's cache, which renews in the background from `refreshMargin` before the end on. */
fun googleAuth(server: Server, leewayMillis: Long): Contender {
    val plain = OkHttpClient()
    val refresh = { plain.fetch(server).let { AccessToken(it.value, Date(it.untilMillis)) } }
    val credentials = OAuth2CredentialsWithRefresh.newBuilder()
        .setRefreshHandler { refresh() }
        .setExpirationMargin(java.time.Duration.ofMillis(leewayMillis / 2))
        .setRefreshMargin(java.time.Duration.ofMillis(leewayMillis))
        .build()
    return patient().addInterceptor { chain ->
        val headers = credentials.getRequestMetadata(URI(server.apiUrl))
        val request = chain.request().newBuilder()
        headers.forEach { (name, values) -> values.forEach { request.header(name, it) } }
        chain.proceed(request.build())
    }.build().contender()
}

/** What people write. */
fun byHand(server: Server, leewayMillis: Long): Contender {
    val plain = OkHttpClient()
    val cache = object {
        private var held: Fetched? = null

        @Synchronized
        fun token(rejected: String? = null): String {
            val now = held
            val isGood = now != null && now.untilMillis - leewayMillis > System.currentTimeMillis()
            return (now?.takeIf { isGood && it.value != rejected } ?: plain.fetch(server).also { held = it }).value
        }
    }
    return patient()
        .addInterceptor { chain ->
            val token = "Bearer ${cache.token()}"
            chain.proceed(chain.request().newBuilder().header("Authorization", token).build())
        }
        .authenticator { _, response ->
            val rejected = response.request.header("Authorization").orEmpty().removePrefix("Bearer ")
            val again = response.request.newBuilder().header("Authorization", "Bearer ${cache.token(rejected)}").build()
            again.takeIf { response.priorResponse == null }
        }
        .build().contender()
}

private class Fetched(val value: String, val untilMillis: Long)

private fun OkHttpClient.fetch(server: Server): Fetched {
    val form = FormBody.Builder()
        .add("grant_type", "client_credentials")
        .add("client_id", server.id)
        .add("client_secret", server.secret)
        .build()
    val now = System.currentTimeMillis()
    newCall(Request.Builder().url(server.tokenUrl).post(form).build()).execute().use { response ->
        check(response.isSuccessful) { "no token: ${response.code}" }
        val answer = Json.parseToJsonElement(response.body.string()).jsonObject
        val lifetime = answer.getValue("expires_in").jsonPrimitive.long
        return Fetched(answer.getValue("access_token").jsonPrimitive.content, now + lifetime * 1_000)
    }
}
