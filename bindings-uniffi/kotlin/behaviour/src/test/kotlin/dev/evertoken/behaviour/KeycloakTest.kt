package dev.evertoken.behaviour

import dev.evertoken.Api
import dev.evertoken.ClientAuth
import dev.evertoken.ClientCredentials
import dev.evertoken.CredentialsException
import dev.evertoken.Provider
import dev.evertoken.TokenSource
import dev.evertoken.Transport
import dev.evertoken.UrlConnectionTransport
import dev.evertoken.oauth2
import dev.evertoken.sandbox.eventually
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Tag
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource

/** Against a token server that nobody here wrote. */
@Tag("keycloak")
class KeycloakTest {
    private val clock = TestClock()
    private val opened = mutableListOf<TokenSource>()

    @AfterEach
    fun nothingStaysOpen() {
        opened.forEach { it.close() }
    }

    private fun provider(
        client: Keycloak.Client,
        secret: String = client.secret,
        clientAuth: ClientAuth? = null,
    ): Provider {
        val connect = "${keycloak.realm}/protocol/openid-connect"
        val credentials = ClientCredentials(client.id, secret)
        return oauth2("$connect/token", Api.url(connect), credentials, listOf("openid"), clientAuth = clientAuth)
    }

    private fun source(provider: Provider, transport: Transport = UrlConnectionTransport()): TokenSource =
        TokenSource(provider, transport) { clock = this@KeycloakTest.clock }.also { opened += it }

    private val userinfo = "${keycloak.realm}/protocol/openid-connect/userinfo"

    @ParameterizedTest
    @EnumSource
    fun `50 calls make one token request and its API takes the token`(library: Library) {
        val client = keycloak.client(lifetimeSeconds = 300)
        val source = source(provider(client), library.transport())
        val caller = library.caller(source)
        val statuses = runBlocking { List(50) { async(Dispatchers.Default) { caller.get(userinfo) } }.awaitAll() }
        assertEquals(setOf(200), statuses.toSet())
        assertEquals(300_000, source.explain().token?.lifetimeMillis)
        assertEquals(1, client.logins)
    }

    @ParameterizedTest
    @EnumSource
    fun `each way to send the client's secret is accepted`(clientAuth: ClientAuth) {
        val client = keycloak.client(lifetimeSeconds = 300)
        source(provider(client, clientAuth = clientAuth)).headersBlocking()
        assertEquals(1, client.logins)
    }

    @Test
    fun `a wrong secret is an error that says so and does not show it`() {
        val source = source(provider(keycloak.client(lifetimeSeconds = 300), secret = "sandbox-secret-mistyped"))
        val error = assertThrows(CredentialsException::class.java) { source.headersBlocking() }
        assertEquals("credentials_rejected", error.code)
        assertEquals(401, error.status)
        assertEquals("unauthorized_client", error.providerCode)
        assertFalse("mistyped" in error.stackTraceToString())
    }

    @ParameterizedTest
    @EnumSource
    fun `50 calls whose token was revoked recover with one token request`(library: Library) {
        val client = keycloak.client(lifetimeSeconds = 300)
        val source = source(provider(client), library.transport())
        val caller = library.caller(source)
        val statuses = runBlocking {
            assertEquals(200, caller.get(userinfo))
            clock.advance(20_000)
            client.revoke()
            List(50) { async(Dispatchers.Default) { caller.get(userinfo) } }.awaitAll()
        }
        assertEquals(setOf(200), statuses.toSet())
        assertEquals(2, client.logins)
    }

    @Test
    fun `a client that is deleted gets the API's answer, and the source says why`() {
        val client = keycloak.client(lifetimeSeconds = 300)
        val source = source(provider(client))
        val caller = Library.OKHTTP.caller(source)
        runBlocking {
            assertEquals(200, caller.get(userinfo))
            clock.advance(20_000)
            client.delete()
            assertEquals(401, caller.get(userinfo))
        }
        assertEquals("credentials_rejected", source.explain().error)
    }

    @Test
    fun `in the window the old token is served and one refresh runs`() {
        val client = keycloak.client(lifetimeSeconds = 300)
        val source = source(provider(client))
        val old = source.headersBlocking()
        clock.advance(250_000)
        assertEquals(old, source.headersBlocking())
        eventually("the new token") { source.cachedHeaders() != old }
        assertNotEquals(old, source.headersBlocking())
        assertEquals(2, client.logins)
    }

    private companion object {
        val keycloak by lazy { Keycloak() }

        @AfterAll
        @JvmStatic
        fun itIsOver() {
            keycloak.close()
        }
    }
}
