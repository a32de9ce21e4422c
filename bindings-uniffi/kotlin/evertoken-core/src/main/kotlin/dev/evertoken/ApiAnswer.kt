package dev.evertoken

/** Is the answer of an API, of any status. */
public class ApiAnswer internal constructor(
    /** The status code. */
    public val status: Int,
    /** The headers in their order. */
    public val headers: List<Header>,
    /** The whole body. */
    public val body: ByteArray,
) {
    /** Returns the value of a header by its name in any case, the first if there are several. */
    public fun header(name: String): String? = headers.firstOrNull { it.name.equals(name, ignoreCase = true) }?.value

    /** Returns the body as text, in UTF-8. */
    public fun text(): String = body.decodeToString()

    override fun toString(): String = "ApiAnswer($status, ${body.size} bytes)"
}
