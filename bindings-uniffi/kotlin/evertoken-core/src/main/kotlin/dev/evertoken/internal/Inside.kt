package dev.evertoken.internal

import kotlinx.coroutines.asContextElement
import kotlin.coroutines.CoroutineContext

/** The sources whose token requests a thread or coroutine works for: asking one of them would wait for itself. */
internal object Inside {
    private val shells = ThreadLocal<Set<Shell>>()

    fun of(shell: Shell): Boolean = shells.get()?.contains(shell) == true

    /** What this thread is inside of, for a coroutine. */
    fun here(): CoroutineContext.Element = shells.asContextElement(shells.get().orEmpty())

    /** The same, and a shell more. */
    fun and(shell: Shell): CoroutineContext.Element = shells.asContextElement(shells.get().orEmpty() + shell)
}
