package dev.evertoken.internal

import dev.evertoken.ApiKey
import dev.evertoken.ClientCredentials
import dev.evertoken.Credentials
import dev.evertoken.NamedCredentials
import dev.evertoken.internal.ffi.Field
import dev.evertoken.internal.ffi.Pair

/** Returns what was given by the names of descriptors; nothing for credentials that are looked up. */
internal fun Credentials.known(): List<Pair> = when (this) {
    is ClientCredentials -> listOf(Pair("client_id", id), Pair("client_secret", secret))
    is ApiKey -> listOf(Pair("key", key), Pair("secret", secret))
    is NamedCredentials -> values.pairs()
    is Credentials.Environment, is Credentials.Supplied -> emptyList()
}

/** Returns the credentials of now: given, asked for, or completed from the environment variables that the fields name. */
internal suspend fun Credentials.obtain(fields: List<Field>, environment: (String) -> String?): List<Pair> {
    if (this is Credentials.Supplied) {
        val supplied = supply()
        if (supplied is Credentials.Supplied) {
            throw invalidOption("credentials: the function supplies another function", "Return the credentials themselves.")
        }
        return supplied.obtain(fields, environment)
    }
    val known = known()
    val names = known.mapTo(HashSet()) { it.name }
    val found = fields.filter { it.name !in names }.mapNotNull { field ->
        field.env?.let(environment)?.let { Pair(field.name, it) }
    }
    return known + found
}
