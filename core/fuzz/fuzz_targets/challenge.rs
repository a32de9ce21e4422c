//! `cargo fuzz run challenge`.
#![cfg_attr(fuzzing, no_main)]

evertoken_fuzz::entry!(challenge);
