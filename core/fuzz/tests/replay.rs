//! The corpus of every target, and some thousand mutations of it that a seed makes: no nightly Rust, no libFuzzer.

use std::{fs, panic::catch_unwind, path::Path};

use evertoken_fuzz::{TARGETS, Target, mutation::mutated};
use fastrand::Rng;

/// How many mutations of its corpus a target sees; more with `EVERTOKEN_FUZZ_MUTATIONS`.
fn mutations(name: &str) -> usize {
    // A life has hundreds of steps.
    let usual = if name == "machine" { 600 } else { 3_000 };
    std::env::var("EVERTOKEN_FUZZ_MUTATIONS").map_or(usual, |count| count.parse().unwrap())
}

fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut files: Vec<_> = fs::read_dir(&folder).expect(name).map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let name = |file: &Path| file.file_name().unwrap().to_string_lossy().into_owned();
    files.iter().map(|file| (name(file), fs::read(file).unwrap())).collect()
}

fn replay((name, run): Target) {
    let corpus = corpus(name);
    assert!(corpus.len() >= 3, "{name}: a corpus of {} files", corpus.len());
    for (file, data) in &corpus {
        catch_unwind(|| run(data)).unwrap_or_else(|_| panic!("corpus/{name}/{file}"));
    }
    let mut rng = Rng::with_seed(4);
    for number in 0..mutations(name) {
        let (file, data) = &corpus[rng.usize(..corpus.len())];
        let (_, other) = &corpus[rng.usize(..corpus.len())];
        let data = mutated(&mut rng, data, other);
        if catch_unwind(|| run(&data)).is_err() {
            let kept = std::env::temp_dir().join(format!("evertoken-fuzz-{name}-{number}"));
            fs::write(&kept, &data).unwrap();
            panic!("{name}: mutation {number} of {file}, kept as {}:\n{}", kept.display(), String::from_utf8_lossy(&data));
        }
    }
}

macro_rules! targets {
    ($($name:ident)+) => {
        $(#[test] fn $name() { replay(*TARGETS.iter().find(|(name, _)| *name == stringify!($name)).unwrap()); })+

        #[test]
        fn every_target_is_replayed() {
            let replayed = [$(stringify!($name)),+];
            assert_eq!(TARGETS.iter().map(|(name, _)| *name).collect::<Vec<_>>(), replayed);
            let mut folders: Vec<_> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")).unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            folders.sort();
            assert_eq!(folders, replayed);
        }
    };
}

targets! { challenge descriptor error_answer judge jwt machine retry_after scenario token_answer }

#[test]
fn the_corpus_is_small() {
    let (mut files, mut bytes) = (0, 0);
    for (name, _) in TARGETS {
        for (_, data) in corpus(name) {
            files += 1;
            bytes += data.len();
        }
    }
    assert!(files < 200 && bytes < 1_000_000, "{files} files, {bytes} bytes");
}
