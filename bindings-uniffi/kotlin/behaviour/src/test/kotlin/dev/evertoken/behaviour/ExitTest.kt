package dev.evertoken.behaviour

import dev.evertoken.Api
import dev.evertoken.ClientCredentials
import dev.evertoken.TokenSource
import dev.evertoken.oauth2
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.util.concurrent.TimeUnit

class ExitTest : AgainstTheSandbox() {
    @Test
    fun `a program ends although a token request is on its way`() {
        server.hold()
        val program = program("waits")
        untilHeld()
        program.outputStream.close()
        assertEquals("over\n", ended(program))
    }

    @Test
    fun `a program ends although it holds a token that would be refreshed`() {
        val program = program("holds")
        program.outputStream.close()
        assertEquals("held\nover\n", ended(program))
        assertEquals(1, server.tokenRequests)
    }

    private fun program(what: String): Process {
        val arguments = listOf(what, server.http, server.id, server.secret)
        return java(Program::class.java.name, arguments).redirectErrorStream(true).start()
    }

    private fun ended(program: Process): String {
        assertTrue(program.waitFor(60, TimeUnit.SECONDS), "it ends")
        assertEquals(0, program.exitValue())
        return program.inputStream.bufferedReader().readText()
    }

    /** A program that closes nothing. */
    object Program {
        @JvmStatic
        fun main(arguments: Array<String>) {
            val (what, url, id, secret) = arguments
            val source = TokenSource(oauth2("$url/oauth2/token", Api.url("$url/api"), ClientCredentials(id, secret)))
            val headers = source.headersFuture()
            if (what == "holds") println("held".also { headers.get() })
            System.`in`.readAllBytes()
            println("over")
        }
    }
}
