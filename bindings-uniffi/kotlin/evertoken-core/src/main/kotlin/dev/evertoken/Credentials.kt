package dev.evertoken

/**
 * Says where the long-lived credentials of a provider come from.
 *
 * A secret in a shipped app is public: apps ask a [broker] instead, and a [TokenSource] on Android refuses a provider
 * with a secret unless [TokenSourceOptions.dangerouslyAllowSecretInApp] is set.
 */
public sealed class Credentials {
    /** Shows no secret. */
    override fun toString(): String = "${this::class.java.simpleName}(redacted)"

    public companion object {
        /**
         * Reads the environment variables that the provider names, such as `PIWIK_PRO_CLIENT_ID`, at each token request.
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

    internal object Environment : Credentials()

    internal class Supplied(val supply: suspend () -> Credentials) : Credentials()
}

/** The name and secret of a client, for Piwik PRO, Oro and OAuth 2. */
public class ClientCredentials(internal val id: String, internal val secret: String) : Credentials()

/** A key and its secret, for Didomi. */
public class ApiKey(internal val key: String, internal val secret: String) : Credentials()

/**
 * Credentials by the names that a provider's descriptor gives them.
 *
 * What is left out is read from the environment variable that the descriptor names.
 */
public class NamedCredentials(values: Map<String, String>) : Credentials() {
    internal val values: Map<String, String> = values.toMap()
}
