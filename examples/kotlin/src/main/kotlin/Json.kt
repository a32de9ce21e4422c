import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

/** What a JSON:API answers with. */
fun data(body: String): JsonElement = Json.parseToJsonElement(body).jsonObject.getValue("data")

/** The elements of a list. */
val JsonElement.all: List<JsonElement> get() = jsonArray

/** A field of an object. */
operator fun JsonElement.get(name: String): JsonElement = jsonObject.getValue(name)

/** A text. */
val JsonElement.text: String get() = jsonPrimitive.content
