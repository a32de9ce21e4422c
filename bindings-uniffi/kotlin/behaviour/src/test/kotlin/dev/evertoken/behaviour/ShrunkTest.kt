package dev.evertoken.behaviour

import dev.evertoken.sandbox.Sandbox
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.net.URI
import java.nio.file.FileSystems
import java.nio.file.Files
import java.util.zip.ZipEntry
import java.util.zip.ZipOutputStream

/** The rules of evertoken-android, in the language that R8 reads, too. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
internal class ShrunkTest {
    private val sandbox = Sandbox.start()
    private val piwik = sandbox.vendor("piwik_pro")

    @AfterAll
    fun over() = sandbox.close()

    @Test
    fun `a program shrunk and renamed by the rules of evertoken-android gets its token`(@TempDir folder: File) {
        val app = File(folder, "app.jar")
        val rules = File(System.getProperty("root"), "bindings-uniffi/kotlin/evertoken-android/proguard.txt")
        val classes = System.getProperty("java.class.path").split(File.pathSeparator)
            .filter { it.isNotEmpty() && File(it).exists() && "proguard" !in it && "junit" !in it }
        val settings = classes.map { "-injars '$it'(!META-INF/**,!module-info.class)" } + listOf(
            "-outjars '$app'",
            "-libraryjars '${java(folder)}'",
            "-keep class PiwikProKt { void main(java.lang.String[]); }",
            // ProGuard's optimisations are not R8's; what is kept and renamed is the same.
            "-dontoptimize",
            "-dontwarn **",
            "-dontnote **",
            "-include '$rules'",
        )
        val file = File(folder, "settings.pro").apply { writeText(settings.joinToString("\n")) }
        printed(java("proguard.ProGuard", listOf("@$file")))

        val program = java("PiwikProKt", listOf(piwik.http), app.path)
        program.environment() += mapOf("PIWIK_PRO_CLIENT_ID" to piwik.id, "PIWIK_PRO_CLIENT_SECRET" to piwik.secret)
        assertEquals("deleted it", printed(program).trim().lines().last())
        assertEquals(1, piwik.tokenRequests)
    }

    private fun printed(program: ProcessBuilder): String {
        val process = program.redirectErrorStream(true).start()
        val said = process.inputStream.bufferedReader().readText()
        assertEquals(0, process.waitFor(), said)
        return said
    }

    /** Java's own classes: not every JDK brings them as files. */
    private fun java(folder: File): File {
        val file = File(folder, "java.jar")
        val base = FileSystems.getFileSystem(URI("jrt:/")).getPath("modules", "java.base")
        ZipOutputStream(file.outputStream()).use { jar ->
            Files.walk(base).use { found ->
                found.filter { "$it".endsWith(".class") && !it.endsWith("module-info.class") }.forEach {
                    jar.putNextEntry(ZipEntry(base.relativize(it).toString()))
                    jar.write(Files.readAllBytes(it))
                }
            }
        }
        return file
    }
}
