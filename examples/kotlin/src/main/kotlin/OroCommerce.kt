// Lists the users of an OroCommerce shop. https://doc.oroinc.com/api/authentication/oauth-client-credentials/
// For a server, a script or a scheduled job; an app asks a broker, because whoever has the app has its secrets.
//
//     export ORO_CLIENT_ID=.. ORO_CLIENT_SECRET=..     # made in System > User Management > OAuth Applications
//     mvn -q compile exec:java -Dexec.mainClass=OroCommerceKt -Dexec.args=https://shop.example.com

import dev.evertoken.OroSurface
import dev.evertoken.TokenSource
import dev.evertoken.jdk.JdkTransport
import dev.evertoken.jdk.authenticatedWith
import dev.evertoken.oroCommerce
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse.BodyHandlers

fun main(arguments: Array<String>) {
    val base = HttpClient.newHttpClient()
    // The storefront's API is another surface, with OAuth applications and tokens of its own: OroSurface.STOREFRONT.
    TokenSource(oroCommerce(arguments.first(), OroSurface.BACK_OFFICE), JdkTransport(base)).use { source ->
        val http = base.authenticatedWith(source)
        val request = HttpRequest.newBuilder(URI(source.url("/admin/api/users?page%5Bsize%5D=10"))).build()
        val response = http.send(request, BodyHandlers.ofString())
        check(response.statusCode() == 200) { "${response.statusCode()} ${response.body()}" }
        for (user in data(response.body()).all) {
            println("${user["id"].text} ${user["type"].text}")
        }
    }
}
