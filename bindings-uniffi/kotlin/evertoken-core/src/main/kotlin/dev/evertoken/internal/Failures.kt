package dev.evertoken.internal

import dev.evertoken.AccountException
import dev.evertoken.CancelledException
import dev.evertoken.ConfigurationException
import dev.evertoken.CredentialsException
import dev.evertoken.DeadlineException
import dev.evertoken.ErrorCodes
import dev.evertoken.EvertokenException
import dev.evertoken.ProtocolException
import dev.evertoken.ThrottledException
import dev.evertoken.TransientException
import dev.evertoken.TransportException
import dev.evertoken.internal.ffi.Failure
import dev.evertoken.internal.ffi.Refusal

/** Makes the exception of a failure, of the class that the failure names. */
internal fun exception(failure: Failure, cause: Throwable? = null): EvertokenException = when (failure.`class`) {
    "account" -> AccountException(failure, cause)
    "cancelled" -> CancelledException(failure, cause)
    "configuration" -> ConfigurationException(failure, cause)
    "credentials" -> CredentialsException(failure, cause)
    "deadline" -> DeadlineException(failure, cause)
    "protocol" -> ProtocolException(failure, cause)
    "throttled" -> ThrottledException(failure, cause)
    "transient" -> TransientException(failure, cause)
    "transport" -> TransportException(failure, cause)
    else -> EvertokenException(failure, cause)
}

/** Makes the exception of a mistake that is found without core, which may not be there or has broken off. */
internal fun configuration(
    code: String,
    description: String,
    fix: String,
    cause: Throwable? = null,
): EvertokenException =
    ConfigurationException(
        Failure(
            code = code,
            `class` = "configuration",
            retryable = false,
            retryAtMs = null,
            status = null,
            providerCode = null,
            description = description,
            fix = fix,
            text = "$code: $description. $fix",
        ),
        cause,
    )

/** Refuses an option. */
internal fun invalidOption(description: String, fix: String): EvertokenException =
    configuration(ErrorCodes.INVALID_OPTION, description, fix)

/** Calls core with what it may refuse; the refusal is thrown as ours. */
internal inline fun <T> refusable(call: () -> T): T =
    try {
        call()
    } catch (refusal: Refusal.Failed) {
        throw exception(refusal.failure)
    }

/** Checks a time that a caller gave. */
internal fun checkedMillis(name: String, millis: Long): Long =
    if (millis >= 0) millis else throw invalidOption("$name: is negative", "Give milliseconds of 0 or more.")
