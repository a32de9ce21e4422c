//! `cargo fuzz run descriptor`.
#![cfg_attr(fuzzing, no_main)]

evertoken_fuzz::entry!(descriptor);
