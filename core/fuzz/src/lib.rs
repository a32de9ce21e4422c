//! What is fuzzed, as plain functions: libFuzzer runs them on nightly Rust, the tests replay the corpus on stable Rust.
//!
//! A target takes any bytes and asserts properties; a panic is a finding. Corpus files are texts as far as possible, so that
//! a person can read and write them: see [`message`] for HTTP answers.

pub mod challenge;
pub mod descriptor;
pub mod error_answer;
pub mod judge;
pub mod jwt;
pub mod machine;
pub mod message;
pub mod mutation;
pub mod properties;
pub mod retry_after;
pub mod scenario;
pub mod subject;
pub mod token_answer;

/// A target: its name, which is also the corpus folder's, and its body.
pub type Target = (&'static str, fn(&[u8]));

/// All targets, in alphabetical order.
pub const TARGETS: &[Target] = &[
    ("challenge", challenge::run),
    ("descriptor", descriptor::run),
    ("error_answer", error_answer::run),
    ("judge", judge::run),
    ("jwt", jwt::run),
    ("machine", machine::run),
    ("retry_after", retry_after::run),
    ("scenario", scenario::run),
    ("token_answer", token_answer::run),
];

/// Makes the program of one target: libFuzzer's with `cargo fuzz`, otherwise one that runs the files it is given.
#[macro_export]
macro_rules! entry {
    ($target:ident) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $crate::$target::run(data));

        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            for file in std::env::args().skip(1) {
                $crate::$target::run(&std::fs::read(file)?);
            }
            Ok(())
        }
    };
}
