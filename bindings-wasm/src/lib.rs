//! Glue between the evertoken core and its wasm package; a later change fills it.
