package dev.evertoken

/** Says how the body of a token request is written. */
public enum class BodyEncoding(internal val core: String) {
    /** As a form, which RFC 6749 demands. */
    FORM("form"),

    /** As a JSON object. */
    JSON("json"),
}
