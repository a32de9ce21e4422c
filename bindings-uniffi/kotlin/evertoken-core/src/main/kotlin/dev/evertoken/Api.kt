package dev.evertoken

import dev.evertoken.internal.ffi.GrantOptions
import dev.evertoken.internal.ffi.Pair
import dev.evertoken.internal.oroVariables
import dev.evertoken.internal.pairs

/**
 * Names the API that a token is for: where the token may go, what media types it wants, and which answers reject it.
 *
 * The providers of a vendor know their own API; [broker], [oauth2] and [fixed] are told. Nothing is checked before a
 * [TokenSource] is made.
 */
public class Api private constructor(
    internal val url: String?,
    internal val half: GrantOptions?,
    private val name: String,
) {
    override fun toString(): String = "Api($name)"

    public companion object {
        /**
         * Names an API of one origin and path prefix, of which only a 401 rejects a token.
         *
         * @param url an absolute https URL, or http on loopback.
         */
        @JvmStatic
        public fun url(url: String): Api = Api(url, null, "url")

        /**
         * Names the API of a Piwik PRO account.
         *
         * @param account its host, such as `acme.piwik.pro`.
         * @param endpoint replaces the account's address, for tests.
         */
        @JvmStatic
        @JvmOverloads
        public fun piwikPro(account: String, endpoint: String? = null): Api =
            half("piwik_pro", mapOf("account" to account).pairs(), endpoint = endpoint)

        /**
         * Names the API of Didomi.
         *
         * @param endpoint replaces Didomi's address, for tests.
         */
        @JvmStatic
        @JvmOverloads
        public fun didomi(endpoint: String? = null): Api = half("didomi", emptyList(), endpoint = endpoint)

        /**
         * Names one of the two APIs of an OroCommerce application.
         *
         * @param url the application's URL, with its folder if it has one.
         * @param backendPrefix the back-office's path prefix, where it is not `admin`.
         */
        @JvmStatic
        @JvmOverloads
        public fun oroCommerce(url: String, surface: OroSurface, backendPrefix: String? = null): Api =
            half("oro_commerce", oroVariables(url, backendPrefix), surface = surface)

        /**
         * Names the API of an OroPlatform application.
         *
         * @param url the application's URL, with its folder if it has one.
         */
        @JvmStatic
        public fun oroPlatform(url: String): Api = half("oro_platform", mapOf("url" to url).pairs())

        private fun half(
            provider: String,
            variables: List<Pair>,
            endpoint: String? = null,
            surface: OroSurface? = null,
        ): Api {
            val options = GrantOptions(
                provider = provider,
                variables = variables,
                endpoint = endpoint,
                surface = surface?.core,
            )
            return Api(null, options, provider)
        }
    }
}
