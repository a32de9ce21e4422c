package dev.evertoken.internal

import kotlinx.coroutines.runBlocking

/** Blocks this thread until the call has ended; an interrupt ends the wait with an [InterruptedException]. */
@Throws(InterruptedException::class)
internal fun <T> blocking(call: suspend () -> T): T = runBlocking { call() }
