package dev.evertoken.internal

import dev.evertoken.internal.ffi.Pair

internal fun Map<String, String>.pairs(): List<Pair> = map { (name, value) -> Pair(name, value) }
