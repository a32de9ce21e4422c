//! Glue between the evertoken core and its python package; a later change fills it.
