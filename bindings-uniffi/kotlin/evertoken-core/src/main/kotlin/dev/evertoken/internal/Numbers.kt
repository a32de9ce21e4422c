package dev.evertoken.internal

import kotlin.reflect.KProperty

/** The numbers that were set, by core's names for them. */
internal class Numbers {
    val given: MutableMap<String, Long> = sortedMapOf()

    operator fun getValue(owner: Any?, property: KProperty<*>): Long? = given[property.name.snakeCase()]

    operator fun setValue(owner: Any?, property: KProperty<*>, number: Long?) {
        val name = property.name.snakeCase()
        if (number == null) given.remove(name) else given[name] = number
    }

    /** As the machine reads them: a negative one is out of every range. */
    fun forCore(): Map<String, ULong> = given.mapValues { (_, number) -> number.toULong() }
}
