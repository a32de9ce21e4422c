package dev.evertoken

import dev.evertoken.internal.ffi.errorCatalogue
import dev.evertoken.internal.snakeCase
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.io.File

/** Names are the same in every language: core's. */
class CatalogueTest {
    private val errors = Json.parseToJsonElement(errorCatalogue()).jsonArray.map { it.jsonObject }
        .associate { it.getValue("code").jsonPrimitive.content to it.getValue("class").jsonPrimitive.content }

    @Test
    fun `the error codes are those of core`() {
        assertEquals(errors.keys, constantsOf(ErrorCodes))
        val file = Json.parseToJsonElement(File("$CORE/errors.json").readText()).jsonArray
        assertEquals(file.map { it.jsonObject.getValue("code").jsonPrimitive.content }.toSet(), constantsOf(ErrorCodes))
    }

    @Test
    fun `each error is of the exception class that its class names`() {
        for ((code, errorClass) in errors) {
            val exception = EvertokenException.of(code)
            assertEquals(code, exception.code)
            assertEquals(errorClass, exception.errorClass)
            assertEquals("${errorClass.replaceFirstChar(Char::uppercase)}Exception", exception::class.java.simpleName)
        }
    }

    @Test
    fun `the event types are those of core`() {
        val file = Json.parseToJsonElement(File("$CORE/events.json").readText()).jsonArray
        assertEquals(file.map { it.jsonPrimitive.content }.toSet(), constantsOf(EventTypes))
    }

    @Test
    fun `the policy's numbers are those of core`() {
        val text = File("$CORE/src/policy.rs").readText().substringAfter("\npolicy! {").substringBefore("\n}")
        val number = Regex("""^    (\w+): u(?:32|64) =""", RegexOption.MULTILINE)
        val core = number.findAll(text).map { it.groupValues[1] }.toSet()
        val setters = Policy::class.java.methods.filter { it.name.startsWith("set") }
        val names = setters.map { it.name.removePrefix("set").replaceFirstChar(Char::lowercase) }
        assertEquals(core, names.map(String::snakeCase).toSet())
        val policy = Policy()
        setters.forEach { it.invoke(policy, 7L) }
        assertEquals(core.associateWith { 7uL }, policy.numbers.forCore())
    }

    @Test
    fun `a number out of its range is refused by its name here`() {
        val refused = failure { TokenSource(BROKER) { policy.windowDivisor = 0 } }
        assertEquals(ErrorCodes.INVALID_OPTION, refused.code)
        assertEquals(true, refused.message?.contains("windowDivisor"), refused.message)
        assertEquals(ErrorCodes.INVALID_OPTION, failure { TokenSource(BROKER) { policy.patienceMs = -1 } }.code)
        assertEquals(ErrorCodes.INVALID_OPTION, failure { TokenSource(BROKER) { patienceMillis = -1 } }.code)
    }

    private fun constantsOf(catalogue: Any): Set<String> =
        catalogue::class.java.fields.map { it.get(null) }.filterIsInstance<String>().toSet()

    private companion object {
        const val CORE = "../../../core"
    }
}
