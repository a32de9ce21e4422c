package dev.evertoken

import dev.evertoken.internal.ffi.GrantOptions

/**
 * Describes who grants tokens, and for which API; [broker], [piwikPro], [didomi], [oroCommerce], [oroPlatform],
 * [oauth2], [custom] and [fixed] make one.
 *
 * It may be used for any number of [TokenSource]s. Nothing is checked or loaded before one is made.
 */
public class Provider internal constructor(
    /** The provider's name, such as `piwik_pro`; `custom` for a descriptor of your own. */
    public val name: String,
    internal val options: GrantOptions,
    internal val api: Api?,
    internal val credentials: Credentials,
    internal val isSecret: Boolean,
    internal val headers: BrokerHeaders? = null,
) {
    /** Shows no secret. */
    override fun toString(): String = "Provider($name)"
}
