// Lists the sites and apps of a Piwik PRO account, makes one and deletes it. https://developers.piwik.pro/reference/authentication
// For a server, a script or a scheduled job: an app asks a broker for tokens, because whoever has the app has its secrets.
//
//     export PIWIK_PRO_CLIENT_ID=.. PIWIK_PRO_CLIENT_SECRET=..
//     mvn -q compile exec:java -Dexec.mainClass=PiwikProKt -Dexec.args=acme.piwik.pro

import dev.evertoken.TokenSource
import dev.evertoken.okhttp.OkHttpTransport
import dev.evertoken.okhttp.authenticatedWith
import dev.evertoken.piwikPro
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import okhttp3.MediaType.Companion.toMediaType
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody.Companion.toRequestBody

fun main(arguments: Array<String>) {
    val base = OkHttpClient()
    TokenSource(piwikPro(arguments.first()), OkHttpTransport(base)).use { source ->
        val http = base.newBuilder().authenticatedWith(source).build()
        fun call(path: String, change: Request.Builder.() -> Unit = {}): String {
            val request = Request.Builder().url(source.url(path)).apply(change).build()
            return http.newCall(request).execute().use { response ->
                check(response.isSuccessful) { "${response.code} ${response.body.string()}" }
                response.body.string()
            }
        }

        for (app in Json.parseToJsonElement(call("/api/apps/v2")).jsonObject.getValue("data").jsonArray) {
            val name = app.jsonObject.getValue("attributes").jsonObject["name"]?.jsonPrimitive?.content
            println("${app.jsonObject.getValue("id").jsonPrimitive.content} $name")
        }
        val shop = """{"data":{"type":"ppms/app","attributes":{"name":"Shop","urls":["https://shop.example.com"]}}}"""
        val made = call("/api/apps/v2") { post(shop.toByteArray().toRequestBody("application/vnd.api+json".toMediaType())) }
        val id = Json.parseToJsonElement(made).jsonObject.getValue("data").jsonObject.getValue("id").jsonPrimitive.content
        println("made $id")
        call("/api/apps/v2/$id") { delete() }
        println("deleted it")
    }
}
