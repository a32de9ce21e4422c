package dev.evertoken.internal

import kotlinx.coroutines.asContextElement
import kotlin.coroutines.CoroutineContext

/** The sources whose token requests a thread or coroutine works for: asking one of them would wait for itself. */
internal object Inside {
    private val shells = ThreadLocal<Set<Shell>>()

    fun of(shell: Shell): Boolean = shells.get()?.contains(shell) == true

    /** What the current context is inside of, and a shell more. */
    fun with(outer: Set<Shell>, shell: Shell): CoroutineContext.Element = shells.asContextElement(outer + shell)

    fun current(): Set<Shell> = shells.get().orEmpty()
}
