// Lists the sites and apps of a Piwik PRO account, makes one and deletes it.
// https://developers.piwik.pro/reference/authentication
// For a server, a script or a scheduled job; an app asks a broker, because whoever has the app has its secrets.
//
//     export PIWIK_PRO_CLIENT_ID=.. PIWIK_PRO_CLIENT_SECRET=..
//     mvn -q compile exec:java -Dexec.mainClass=PiwikProKt -Dexec.args=acme.piwik.pro

import dev.evertoken.TokenSource
import dev.evertoken.okhttp.OkHttpTransport
import dev.evertoken.okhttp.authenticatedWith
import dev.evertoken.piwikPro
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

        for (app in data(call("/api/apps/v2")).all) {
            println("${app["id"].text} ${app["attributes"]["name"].text}")
        }
        val shop = """{"data":{"type":"ppms/app","attributes":{"name":"Shop","urls":["https://shop.example.com"]}}}"""
            .toByteArray().toRequestBody("application/vnd.api+json".toMediaType())
        val id = data(call("/api/apps/v2") { post(shop) })["id"].text
        println("made $id")
        call("/api/apps/v2/$id") { delete() }
        println("deleted it")
    }
}
