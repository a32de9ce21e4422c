//! `cargo fuzz run jwt`.
#![cfg_attr(fuzzing, no_main)]

evertoken_fuzz::entry!(jwt);
