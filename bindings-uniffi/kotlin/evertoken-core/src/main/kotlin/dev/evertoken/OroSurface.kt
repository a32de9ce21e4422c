package dev.evertoken

/** Names one of OroCommerce's two APIs; a token of one is no token for the other. */
public enum class OroSurface(internal val core: String) {
    /** The API below `/admin/api`, for clients of the back-office. */
    BACK_OFFICE("back_office"),

    /** The API below `/api`, for clients of the storefront. */
    STOREFRONT("storefront"),
}
