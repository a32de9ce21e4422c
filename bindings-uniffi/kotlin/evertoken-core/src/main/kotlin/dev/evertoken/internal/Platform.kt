package dev.evertoken.internal

import dev.evertoken.ErrorCodes

/** What the process runs on. */
internal class Platform(
    /** It is shipped to whoever wants it, and keeps no secret. */
    val isApp: Boolean,
    val environment: (String) -> String? = System::getenv,
) {
    companion object {
        val current = Platform(isApp = System.getProperty("java.vm.name") == "Dalvik")
    }
}

/** Calls core for the first time, which loads its native library. */
internal inline fun <T> withCore(call: () -> T): T =
    try {
        call()
    } catch (error: LinkageError) {
        throw configuration(
            ErrorCodes.INVALID_OPTION,
            "the native library could not be loaded",
            "Add dev.evertoken:evertoken-jvm beside evertoken-core, on Android evertoken-android.",
            error,
        )
    }
