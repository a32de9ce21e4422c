package dev.evertoken

import dev.evertoken.sandbox.Sandbox
import java.io.File
import java.net.HttpURLConnection
import java.net.URL
import java.security.KeyStore
import java.security.cert.CertificateFactory
import javax.net.ssl.HttpsURLConnection
import javax.net.ssl.SSLContext
import javax.net.ssl.SSLSocketFactory
import javax.net.ssl.TrustManagerFactory

/** Opens connections that trust the sandbox's certificates. */
class Trusting(private val sandbox: Sandbox) {
    private val factory: SSLSocketFactory by lazy {
        val ca = File(sandbox.caFile).inputStream().use(CertificateFactory.getInstance("X.509")::generateCertificate)
        val store = KeyStore.getInstance(KeyStore.getDefaultType()).apply {
            load(null)
            setCertificateEntry("sandbox", ca)
        }
        val managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm())
            .apply { init(store) }
            .trustManagers
        SSLContext.getInstance("TLS").apply { init(null, managers, null) }.socketFactory
    }

    fun open(url: URL): HttpURLConnection = (url.openConnection() as HttpURLConnection).also {
        if (it is HttpsURLConnection) it.sslSocketFactory = factory
    }
}
