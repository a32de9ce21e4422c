package dev.evertoken

import dev.evertoken.internal.exception
import dev.evertoken.internal.ffi.Failure
import dev.evertoken.internal.ffi.failureOf
import java.io.IOException

/**
 * Says why there is no token, and what to do about it; never a secret.
 *
 * It is an [IOException], because HTTP libraries hand on nothing else. There is one subclass for each [errorClass].
 */
public open class EvertokenException internal constructor(
    failure: Failure,
    cause: Throwable?,
) : IOException(failure.text, cause) {
    /** What failed, as [ErrorCodes] lists it; new ones may come with new versions. */
    public val code: String = failure.code

    /** The class of the failure, such as `credentials` or `transport`. */
    public val errorClass: String = failure.`class`

    /** Says whether asking again later may help. */
    public val retryable: Boolean = failure.retryable

    /** When the source itself asks again, in Unix milliseconds; none if it does not know. */
    public val retryAtMillis: Long? = failure.retryAtMs?.toLong()

    /** What to do about it. */
    public val fix: String = failure.fix

    /** What happened, in one line of bounded length. */
    public val description: String? = failure.description

    /** The status of the token endpoint's answer. */
    public val status: Int? = failure.status?.toInt()

    /** The provider's own code, such as `invalid_client`. */
    public val providerCode: String? = failure.providerCode

    public companion object {
        private const val serialVersionUID: Long = 1

        /**
         * Makes the exception of a code of [ErrorCodes], for adapters and test doubles.
         *
         * @param description what happened; it becomes one line of bounded length.
         */
        @JvmStatic
        @JvmOverloads
        public fun of(code: String, description: String? = null, cause: Throwable? = null): EvertokenException =
            exception(failureOf(code, description), cause)
    }
}

/** Says that an option, an endpoint or a call is wrong, and stays so until the program changes. */
public class ConfigurationException internal constructor(failure: Failure, cause: Throwable?) :
    EvertokenException(failure, cause)

/** Says that the provider refuses the credentials. */
public class CredentialsException internal constructor(failure: Failure, cause: Throwable?) :
    EvertokenException(failure, cause)

/** Says that the account behind the credentials is off: its licence or its access. */
public class AccountException internal constructor(failure: Failure, cause: Throwable?) :
    EvertokenException(failure, cause)

/** Says that the provider wants fewer token requests. */
public class ThrottledException internal constructor(failure: Failure, cause: Throwable?) :
    EvertokenException(failure, cause)

/** Says that the provider fails at the moment. */
public class TransientException internal constructor(failure: Failure, cause: Throwable?) :
    EvertokenException(failure, cause)

/** Says that the token endpoint answers with something that is no token. */
public class ProtocolException internal constructor(failure: Failure, cause: Throwable?) :
    EvertokenException(failure, cause)

/** Says that no answer came; what the HTTP library threw is the cause. */
public class TransportException internal constructor(failure: Failure, cause: Throwable?) :
    EvertokenException(failure, cause)

/** Says that the token request was given up; it is no `CancellationException`, which is thrown as such. */
public class CancelledException internal constructor(failure: Failure, cause: Throwable?) :
    EvertokenException(failure, cause)

/** Says that no token came within the caller's patience or the attempt's time. */
public class DeadlineException internal constructor(failure: Failure, cause: Throwable?) :
    EvertokenException(failure, cause)
