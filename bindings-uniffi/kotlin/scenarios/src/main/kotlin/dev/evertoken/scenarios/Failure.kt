package dev.evertoken.scenarios

/** Why a file can fail, by the names that results have. */
enum class Kind {
    MALFORMED,
    UNKNOWN_FIELD,
    UNKNOWN_STEP,
    NO_EXPECTATION,
    MISSING_STEP,
    WRONG_COUNT,
    EXTRA_REQUEST,
    MISSING_REQUEST,
    WRONG_BYTES,
    WRONG_CODE,
    WRONG_RESULT,
    WRONG_STATUS,
    WRONG_TIME,
    WRONG_TOKEN,
    WRONG_EVENTS,
    WRONG_EXPLANATION,
    STUCK,
    SECRET_SHOWN,
    NOT_FAILED,
    FAILED_OTHERWISE,
    ;

    override fun toString(): String = name.lowercase()

    companion object {
        fun of(name: String): Kind? = entries.firstOrNull { it.toString() == name }
    }
}

/** Why a scenario failed, at which step, and what was expected and came instead. */
class Failure(val kind: Kind, val detail: String, val step: Int? = null) : Exception(detail) {
    override fun toString(): String = "${step?.let { "step $it: " }.orEmpty()}$kind: $detail"

    /** The same at a step. */
    fun at(step: Int): Failure = Failure(kind, detail, step)

    /** The same, told in other words. */
    fun told(words: (String) -> String): Failure = Failure(kind, words(detail), step)
}

internal fun malformed(detail: String): Failure = Failure(Kind.MALFORMED, detail)

/** Gives what fails in a step its place. */
internal inline fun <T> placed(step: Int, act: () -> T): T =
    try {
        act()
    } catch (failure: Failure) {
        throw failure.at(step)
    }
