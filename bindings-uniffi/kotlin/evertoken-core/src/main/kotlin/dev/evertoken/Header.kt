package dev.evertoken

/** Is a name and a value of an HTTP message; the value may be a secret and is not shown. */
public class Header(
    /** The name, in any case. */
    public val name: String,
    /** The value. */
    public val value: String,
) {
    override fun equals(other: Any?): Boolean = other is Header && name == other.name && value == other.value

    override fun hashCode(): Int = 31 * name.hashCode() + value.hashCode()

    /** Shows no value. */
    override fun toString(): String = "$name: (redacted)"
}
