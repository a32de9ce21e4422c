//! `cargo fuzz run retry_after`.
#![cfg_attr(fuzzing, no_main)]

evertoken_fuzz::entry!(retry_after);
