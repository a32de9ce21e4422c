// Lists the properties of a Didomi organization. https://developers.didomi.io/api/introduction/authentication
// For a server, a script or a scheduled job; an app asks a broker, because whoever has the app has its secrets.
//
//     export DIDOMI_API_KEY=.. DIDOMI_API_SECRET=..
//     mvn -q compile exec:java -Dexec.mainClass=DidomiKt -Dexec.args=ORGANIZATION

import dev.evertoken.TokenSource
import dev.evertoken.didomi
import dev.evertoken.ktor.Evertoken
import dev.evertoken.ktor.KtorTransport
import io.ktor.client.HttpClient
import io.ktor.client.engine.cio.CIO
import io.ktor.client.request.get
import io.ktor.client.request.parameter
import io.ktor.client.statement.bodyAsText
import io.ktor.http.isSuccess

suspend fun main(arguments: Array<String>) {
    val base = HttpClient(CIO)
    TokenSource(didomi(endpoint = System.getenv("DIDOMI_ENDPOINT")), KtorTransport(base)).use { tokens ->
        val http = base.config { install(Evertoken) { source = tokens } }
        val response = http.get(tokens.url("/v1/properties")) { parameter("organization_id", arguments.first()) }
        check(response.status.isSuccess()) { "${response.status} ${response.bodyAsText()}" }
        for (property in data(response.bodyAsText()).all) {
            println("${property["id"].text} ${property["name"].text}")
        }
    }
    base.close()
}
