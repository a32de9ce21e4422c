package dev.evertoken

import dev.evertoken.internal.Platform
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Test

class AppPlatformTest {
    private val app = Platform(isApp = true)
    private val credentials = ClientCredentials("client", "not-a-secret")

    private fun source(provider: Provider, options: TokenSourceOptions = TokenSourceOptions()) =
        TokenSource(provider, Tokens(), options, app)

    @Test
    fun `an app is refused a provider with a secret`() {
        val secret = listOf(
            piwikPro("acme.piwik.pro", credentials),
            didomi(ApiKey("key", "not-a-secret")),
            oroCommerce("https://example.com", OroSurface.STOREFRONT, credentials),
            oroPlatform("https://example.com", credentials),
            oauth2("https://example.com/token", API, credentials),
            oauth2("https://example.com/token", API, Credentials.supplied { credentials }),
        )
        for (provider in secret) {
            assertEquals(ErrorCodes.INVALID_OPTION, failure { source(provider) }.code, provider.name)
            source(provider, TokenSourceOptions().apply { dangerouslyAllowSecretInApp = true }).close()
        }
    }

    @Test
    fun `an app may ask a broker or have a token`() {
        source(BROKER).close()
        source(fixed("token", API)).close()
    }

    @Test
    fun `an app cannot give a secret later`() {
        source(BROKER).use { source ->
            assertEquals(ErrorCodes.INVALID_OPTION, failure { source.credentialsChanged(credentials) }.code)
            source.credentialsChanged()
        }
    }

    @Test
    fun `this is no app`() {
        assertFalse(Platform.current.isApp)
    }
}
