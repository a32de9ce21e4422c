package dev.evertoken

/** Says where a token request carries the client's name and secret. */
public enum class ClientAuth(internal val core: String) {
    /** In the header `Authorization`, both form-encoded first, as RFC 6749 section 2.3.1 has it. */
    BASIC("basic"),

    /** In the header `Authorization`, as they are. */
    BASIC_RAW("basic_raw"),

    /** In the body. */
    BODY("body"),
}
