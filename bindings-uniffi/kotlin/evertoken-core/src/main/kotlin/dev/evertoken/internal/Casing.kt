package dev.evertoken.internal

/** `windowMaxMs` as core writes it: `window_max_ms`. */
internal fun String.snakeCase(): String =
    replace(CAPITAL) { "_${it.value.lowercase()}" }

/** `window_max_ms` as Kotlin writes it: `windowMaxMs`. */
internal fun String.camelCase(): String =
    replace(UNDERSCORED) { it.groupValues[1].uppercase() }

private val CAPITAL = Regex("[A-Z]")
private val UNDERSCORED = Regex("(?<=[a-z])_([a-z])")
