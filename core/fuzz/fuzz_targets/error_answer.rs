//! `cargo fuzz run error_answer`.
#![cfg_attr(fuzzing, no_main)]

evertoken_fuzz::entry!(error_answer);
