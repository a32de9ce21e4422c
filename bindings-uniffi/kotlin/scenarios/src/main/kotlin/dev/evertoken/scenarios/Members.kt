package dev.evertoken.scenarios

import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.booleanOrNull
import kotlinx.serialization.json.longOrNull

/** A value of unknown form, and where it stands. */
internal class Value(val json: JsonElement, private val at: String) {
    fun text(): String = (json as? JsonPrimitive)?.takeIf { it.isString }?.content ?: fail("text")

    fun textOrNull(): String? = if (json is JsonNull) null else text()

    fun flag(): Boolean = literal()?.booleanOrNull ?: fail("boolean")

    fun integer(): Long = literal()?.longOrNull ?: fail("integer")

    fun natural(): Long = literal()?.longOrNull?.takeIf { it >= 0 } ?: fail("natural number")

    fun word(words: Collection<String>): String = text().takeIf(words::contains) ?: fail(words.joinToString(" or "))

    fun record(): JsonObject = json as? JsonObject ?: fail("object")

    fun <T> list(of: (Value) -> T): List<T> =
        (json as? JsonArray ?: fail("list")).mapIndexed { index, one -> of(Value(one, "$at.$index")) }

    /** An object whose members' names are free. */
    fun <T> map(of: (Value) -> T): Map<String, T> = record().mapValues { (name, one) -> of(Value(one, "$at.$name")) }

    fun texts(): Map<String, String> = map(Value::text)

    /** An object of known members: what is not read of it is unknown. */
    fun <T> members(read: Members.() -> T): T {
        val members = Members(record(), at)
        return members.read().also { members.end() }
    }

    private fun literal(): JsonPrimitive? = (json as? JsonPrimitive)?.takeUnless { it.isString }

    private fun fail(noun: String): Nothing = throw malformed("$at: $json is no $noun")
}

/** The members of an object, which are read by their names. */
internal class Members(private val json: JsonObject, private val at: String) {
    private val known = mutableSetOf<String>()

    fun <T> needed(name: String, read: (Value) -> T): T =
        optional(name, read) ?: throw malformed("$at: `$name` is missing")

    fun <T> optional(name: String, read: (Value) -> T): T? {
        known += name
        return json[name]?.let { read(Value(it, "$at.$name")) }
    }

    /** How many members it has beside some. */
    fun count(vararg others: String): Int = (json.keys - others.toSet()).size

    /** What of its text a pattern finds. */
    fun found(pattern: Regex): Set<String> = pattern.findAll(json.toString()).map { it.value }.toSet()

    fun end() {
        val unknown = json.keys.firstOrNull { it !in known } ?: return
        throw Failure(Kind.UNKNOWN_FIELD, "unknown field `$unknown` in $at")
    }
}
