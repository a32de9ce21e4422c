//! `cargo fuzz run scenario`.
#![cfg_attr(fuzzing, no_main)]

evertoken_fuzz::entry!(scenario);
