//! `cargo fuzz run judge`.
#![cfg_attr(fuzzing, no_main)]

evertoken_fuzz::entry!(judge);
