package dev.evertoken.scenarios

import dev.evertoken.EvertokenException
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch

/** What a call came to. */
internal sealed interface Returned {
    /** The map that came shows no token; its copy does, so that it can be named. */
    class Header(came: Map<String, String>) : Returned {
        val headers: Map<String, String> = came.toMap()

        override fun toString() = "the headers $headers"
    }

    class Token(val token: String) : Returned {
        override fun toString() = "the token $token"
    }

    /** An answer of the API; names of headers are in lower case. */
    class Answer(val status: Int, val headers: List<Pair<String, String>>, val body: String) : Returned {
        override fun toString() = "an answer of status $status"
    }

    /** One of our errors. */
    class Failed(val error: EvertokenException) : Returned {
        override fun toString() = "the error $error"
    }

    /** The very error that the HTTP library failed with. */
    class HttpFailure(val error: Throwable) : Returned {
        override fun toString() = "the library's failure: $error"
    }

    /** An error that no call may fail with. */
    class Crash(val error: Throwable) : Returned {
        override fun toString() = "an error that is nobody's: ${error.stackTraceToString()}"
    }

    object Cancelled : Returned {
        override fun toString() = "nothing, it was cancelled"
    }
}

/** One call; [returned] is null as long as it waits. */
internal class Call private constructor() {
    @Volatile
    var returned: Returned? = null
        private set

    private val job = Job()

    @Volatile
    private var isCancelled = false

    /** It was cancelled and has not returned. */
    val isEnding: Boolean get() = isCancelled && returned == null

    fun cancel() {
        isCancelled = true
        job.cancel()
    }

    private suspend fun end(act: suspend () -> Returned, isLibrarys: (Throwable) -> Boolean) {
        returned = try {
            act()
        } catch (error: EvertokenException) {
            Returned.Failed(error)
        } catch (error: Throwable) {
            when {
                isCancelled && error is CancellationException -> Returned.Cancelled
                isLibrarys(error) -> Returned.HttpFailure(error)
                else -> Returned.Crash(error)
            }
        }
    }

    companion object {
        /** A call that failed before it began. */
        fun failed(error: EvertokenException) = Call().apply { returned = Returned.Failed(error) }

        /** Begins a call in the background. */
        fun begin(on: CoroutineDispatcher, door: Door, act: suspend () -> Returned): Call {
            val call = Call()
            CoroutineScope(on + call.job).launch { call.end(act, door::failedWith) }
            return call
        }
    }
}
