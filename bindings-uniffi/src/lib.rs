//! Glue between the evertoken core and its uniffi package; a later change fills it.
