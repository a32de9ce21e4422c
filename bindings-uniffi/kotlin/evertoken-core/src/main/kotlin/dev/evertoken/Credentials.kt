package dev.evertoken

import dev.evertoken.internal.ffi.Field
import dev.evertoken.internal.ffi.Pair
import dev.evertoken.internal.invalidOption
import dev.evertoken.internal.pairs

/**
 * Says where the long-lived credentials of a provider come from.
 *
 * A secret in a shipped app is public: apps ask a [broker] instead, and a [TokenSource] on Android refuses a provider
 * with a secret unless [TokenSourceOptions.dangerouslyAllowSecretInApp] is set.
 */
public sealed class Credentials {
    /** Shows no secret. */
    override fun toString(): String = "${this::class.java.simpleName}(redacted)"

    /** Returns what was given, by the names of descriptors; nothing for credentials that are looked up. */
    internal open fun known(): List<Pair> = emptyList()

    /** Returns the credentials of now: given, asked for, or completed from the variables that the fields name. */
    internal open suspend fun obtain(fields: List<Field>, environment: (String) -> String?): List<Pair> {
        val known = known()
        val names = known.mapTo(HashSet()) { it.name }
        return known + fields.filter { it.name !in names }.mapNotNull { field ->
            field.env?.let(environment)?.let { Pair(field.name, it) }
        }
    }

    public companion object {
        /**
         * Reads the environment variables that the provider names, such as `PIWIK_PRO_CLIENT_ID`, at each token
         * request.
         */
        @JvmField
        public val environment: Credentials = Environment

        /**
         * Asks a function at each token request, so that rotated secrets are seen.
         *
         * Whatever it throws fails the attempt, and becomes the cause of the callers' [TransportException]. One that
         * does not end is given up.
         */
        @JvmStatic
        public fun supplied(supply: suspend () -> Credentials): Credentials = Supplied(supply)
    }

    private object Environment : Credentials()

    private class Supplied(private val supply: suspend () -> Credentials) : Credentials() {
        override suspend fun obtain(fields: List<Field>, environment: (String) -> String?): List<Pair> {
            val supplied = supply()
            if (supplied is Supplied) {
                throw invalidOption(
                    "credentials: the function supplies another function",
                    "Return the credentials themselves.",
                )
            }
            return supplied.obtain(fields, environment)
        }
    }
}

/** The name and secret of a client, for Piwik PRO, Oro and OAuth 2. */
public class ClientCredentials(private val id: String, private val secret: String) : Credentials() {
    override fun known(): List<Pair> = listOf(Pair("client_id", id), Pair("client_secret", secret))
}

/** A key and its secret, for Didomi. */
public class ApiKey(private val key: String, private val secret: String) : Credentials() {
    override fun known(): List<Pair> = listOf(Pair("key", key), Pair("secret", secret))
}

/**
 * Credentials by the names that a provider's descriptor gives them.
 *
 * What is left out is read from the environment variable that the descriptor names.
 */
public class NamedCredentials(values: Map<String, String>) : Credentials() {
    private val values = values.toMap()

    override fun known(): List<Pair> = values.pairs()
}
