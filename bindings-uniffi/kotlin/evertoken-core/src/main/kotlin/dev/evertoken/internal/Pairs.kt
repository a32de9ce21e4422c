package dev.evertoken.internal

import dev.evertoken.internal.ffi.Pair

internal fun Map<String, String>.pairs(): List<Pair> = map { (name, value) -> Pair(name, value) }

internal fun oroVariables(url: String, backendPrefix: String?): List<Pair> =
    listOfNotNull(Pair("url", url), backendPrefix?.let { Pair("backend_prefix", it) })
