package dev.evertoken.sandbox

import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

/** A vendor of the sandbox: its token endpoint, its API, a key that both accept, and its moods. */
class Vendor internal constructor(private val sandbox: Sandbox, private val name: String, private val key: String) {
    /** Its origin over plain http. */
    val http: String = sandbox.line.getValue(name).jsonObject.text("http")

    /** Its origin over https. */
    val https: String = sandbox.line.getValue(name).jsonObject.text("https")

    /** The ID of its key. */
    val id: String get() = sandbox.line.getValue("keys").jsonObject.getValue(key).jsonObject.text("id")

    /** The secret of its key. */
    val secret: String get() = sandbox.line.getValue("keys").jsonObject.getValue(key).jsonObject.text("secret")

    /** How many token requests arrived. */
    val tokenRequests: Int get() = count("token")

    /** How many API calls arrived. */
    val apiCalls: Int get() = count("api")

    /** What arrived, oldest first: of the kind `token` or `api`, or both. */
    fun log(kind: String? = null): List<JsonObject> =
        sandbox.ask("GET", "/log?vendor=$name${kind?.let { "&kind=$it" }.orEmpty()}").jsonArray.map { it.jsonObject }

    /** Gives answers of a kind, `token` or `api`, a fault as JSON: so many of them, or all. */
    fun fault(kind: String, fault: String, times: Int? = null) {
        val limit = times?.let { ""","times":$it""" }.orEmpty()
        sandbox.ask("POST", "/$name/faults", """{"kind":"$kind","fault":$fault$limit}""")
    }

    /** Holds answers of a kind until they are released. */
    fun hold(kind: String = "token", times: Int? = null) {
        fault(kind, """{"type":"hang"}""", times)
    }

    /** Lets held answers of a kind go, so many or all; later ones are held still, unless it was mended. */
    fun release(kind: String = "token", count: Int? = null) {
        val limit = count?.let { ""","count":$it""" }.orEmpty()
        sandbox.ask("POST", "/$name/release", """{"kind":"$kind"$limit}""")
    }

    /** Removes the faults; what is held stays held. */
    fun mend() {
        sandbox.ask("DELETE", "/$name/faults")
    }

    /** Makes every issued token bad. */
    fun revoke() {
        sandbox.ask("POST", "/$name/tokens/revoke", "{}")
    }

    /** Changes settings, given as JSON. */
    fun settings(changes: String) {
        sandbox.ask("PATCH", "/$name/settings", changes)
    }

    /** Deletes the key; issued tokens live on. */
    fun deleteKey() {
        sandbox.ask("DELETE", "/$name/keys/$id")
    }

    private fun count(what: String): Int =
        sandbox.ask("GET", "/counts").jsonObject.getValue(name).jsonObject.getValue(what).jsonPrimitive.int
}
