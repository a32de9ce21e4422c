package dev.evertoken.behaviour

import dev.evertoken.sandbox.eventually
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.io.File
import java.net.ServerSocket
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse.BodyHandlers
import java.util.UUID
import java.util.concurrent.TimeUnit

/** A Keycloak of one's own, in development mode. */
class Keycloak : AutoCloseable {
    private val port = ServerSocket(0).use { it.localPort }
    private val http = HttpClient.newHttpClient()
    private val process = start()
    private val origin = "http://127.0.0.1:$port"
    val realm = "$origin/realms/master"

    init {
        eventually("Keycloak listens", patienceSeconds = 180) {
            check(process.isAlive) { "Keycloak ended" }
            runCatching { send("GET", realm) }.isSuccess
        }
        admin("PUT", "", """{"eventsEnabled":true,"enabledEventTypes":["CLIENT_LOGIN"]}""")
    }

    /** Makes a client whose tokens last so long. */
    fun client(lifetimeSeconds: Int): Client {
        val id = "client-${UUID.randomUUID()}"
        val secret = "sandbox-secret-${UUID.randomUUID()}"
        admin(
            "POST",
            "/clients",
            """{"clientId":"$id","secret":"$secret","publicClient":false,"serviceAccountsEnabled":true,
               "attributes":{"access.token.lifespan":"$lifetimeSeconds"}}""",
        )
        val made = admin("GET", "/clients?clientId=$id").jsonArray.single().jsonObject
        return Client(id, secret, made.getValue("id").jsonPrimitive.content)
    }

    /** A client with a service account. */
    inner class Client(val id: String, val secret: String, private val uuid: String) {
        /** How many tokens the server has given it. */
        val logins: Int get() = admin("GET", "/events?type=CLIENT_LOGIN&client=$id&max=1000").jsonArray.size

        /** Makes every token bad that was issued before this second. */
        fun revoke() {
            val second = System.currentTimeMillis() / 1000
            eventually("the next second") { System.currentTimeMillis() / 1000 > second }
            admin("PUT", "/clients/$uuid", """{"clientId":"$id","notBefore":${second + 1}}""")
        }

        fun delete() {
            admin("DELETE", "/clients/$uuid")
        }
    }

    override fun close() {
        process.descendants().forEach { it.destroy() }
        process.destroy()
        if (!process.waitFor(20, TimeUnit.SECONDS)) process.destroyForcibly()
    }

    private fun start(): Process {
        val folder = File(System.getProperty("keycloak"))
        val program = File(folder, "bin/kc.sh").apply { setExecutable(true) }
        val builder = ProcessBuilder(program.path, "start-dev", "--http-host=127.0.0.1", "--http-port=$port")
        builder.environment() += mapOf(
            "JAVA_HOME" to System.getProperty("java.home"),
            "KC_BOOTSTRAP_ADMIN_USERNAME" to "admin",
            "KC_BOOTSTRAP_ADMIN_PASSWORD" to PASSWORD,
        )
        return builder.redirectErrorStream(true).redirectOutput(File(folder, "log.txt")).start()
    }

    private fun admin(method: String, path: String, body: String? = null): JsonElement {
        val form = "grant_type=password&client_id=admin-cli&username=admin&password=$PASSWORD"
        val isForm = "Content-Type" to "application/x-www-form-urlencoded"
        val answer = send("POST", "$realm/protocol/openid-connect/token", form, isForm)
        val token = "Authorization" to "Bearer ${answer.jsonObject.getValue("access_token").jsonPrimitive.content}"
        return send(method, "$origin/admin/realms/master$path", body, token, "Content-Type" to "application/json")
    }

    private fun send(
        method: String,
        url: String,
        body: String? = null,
        vararg headers: Pair<String, String>,
    ): JsonElement {
        val publisher = body?.let(BodyPublishers::ofString) ?: BodyPublishers.noBody()
        val request = HttpRequest.newBuilder(URI(url)).method(method, publisher)
        headers.forEach { (name, value) -> request.header(name, value) }
        val answer = http.send(request.build(), BodyHandlers.ofString())
        check(answer.statusCode() in 200..299) { "$method $url: ${answer.statusCode()}" }
        return if (answer.body().isEmpty()) JsonNull else Json.parseToJsonElement(answer.body())
    }

    private companion object {
        const val PASSWORD = "sandbox-secret-admin"
    }
}
