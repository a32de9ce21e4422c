package dev.evertoken.scenarios

import java.io.File
import java.security.KeyStore
import java.security.cert.CertificateFactory
import javax.net.ssl.SSLContext
import javax.net.ssl.TrustManagerFactory
import javax.net.ssl.X509TrustManager

/** Trusts the sandbox's own authority, and no other. */
internal class Trust(caFile: String) {
    val manager: X509TrustManager
    val context: SSLContext = SSLContext.getInstance("TLS")

    init {
        val authority = File(caFile).inputStream().use(CertificateFactory.getInstance("X.509")::generateCertificate)
        val store = KeyStore.getInstance(KeyStore.getDefaultType()).apply {
            load(null)
            setCertificateEntry("sandbox", authority)
        }
        val managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm()).apply { init(store) }
        manager = managers.trustManagers.filterIsInstance<X509TrustManager>().single()
        context.init(null, arrayOf(manager), null)
    }
}
