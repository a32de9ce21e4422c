//! `cargo fuzz run machine`.
#![cfg_attr(fuzzing, no_main)]

evertoken_fuzz::entry!(machine);
