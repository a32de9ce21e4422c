//! `cargo fuzz run token_answer`.
#![cfg_attr(fuzzing, no_main)]

evertoken_fuzz::entry!(token_answer);
