//! Copies the driver's source once as it is and once without each of its re-checks, each on loom's primitives.

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

/// A change that takes one re-check away, or puts one step before another; each must be found by a check.
struct Removal {
    name: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
}

const REMOVALS: &[Removal] = &[
    Removal {
        name: "without_a_look_after_polling",
        file: "shell.rs",
        from: "            self.carry_out(aftermath);\n        }\n        if self.waiters.has_news() {",
        to: "            self.carry_out(aftermath);\n            return;\n        }\n        if self.waiters.has_news() {",
    },
    Removal {
        name: "with_news_forgotten_after_polling",
        file: "shell.rs",
        from: "        let mut aftermath = Aftermath::default();\n        let mut state = self.lock();\n        for (attempt, polled) in polled {",
        to: "        let mut aftermath = Aftermath::default();\n        let mut state = self.lock();\n        self.waiters.forget_news();\n        for (attempt, polled) in polled {",
    },
    Removal {
        name: "with_news_noted_after_waking",
        file: "waiters.rs",
        from: "        self.note_news();\n        self.everybody().into_iter().for_each(Waker::wake);",
        to: "        self.everybody().into_iter().for_each(Waker::wake);\n        self.note_news();",
    },
    Removal {
        name: "without_a_look_after_registering",
        file: "call.rs",
        from: "                seat.register(cx.waker());\n                self.collect();\n                if let Some(answer) = seat.answer() {\n                    return Poll::Ready(Woken::Answered(answer));\n                }",
        to: "                self.collect();\n                if let Some(answer) = seat.answer() {\n                    return Poll::Ready(Woken::Answered(answer));\n                }\n                seat.register(cx.waker());",
    },
    Removal {
        name: "with_a_seat_given_after_the_lock",
        file: "shell.rs",
        from: "            self.ruling(verdict)\n        };\n        if self.carry_out(aftermath) {\n            self.collect();\n        }\n        ruling",
        to: "            verdict\n        };\n        if self.carry_out(aftermath) {\n            self.collect();\n        }\n        self.ruling(ruling)",
    },
    Removal {
        name: "without_a_look_at_the_version_under_the_lock",
        file: "published.rs",
        from: "            if self.version.load(Ordering::Acquire) != version {\n                return Some(current);\n            }\n",
        to: "",
    },
    Removal {
        name: "with_the_version_counted_relaxed",
        file: "published.rs",
        from: "self.version.fetch_add(1, Ordering::Release);\n        self.copies()",
        to: "self.version.fetch_add(1, Ordering::Relaxed);\n        self.copies()",
    },
    Removal {
        name: "with_the_version_counted_once",
        file: "published.rs",
        from: "        self.version.fetch_add(1, Ordering::Relaxed);\n        self.current.store(snapshot);",
        to: "        self.current.store(snapshot);\n        self.version.fetch_add(1, Ordering::Release);",
    },
    Removal {
        name: "without_waking_drivers_at_the_end",
        file: "shell.rs",
        from: "        // Drivers learn that there is nothing left to drive.\n        self.waiters.everybody().into_iter().for_each(Waker::wake);\n",
        to: "",
    },
    Removal {
        name: "without_events_that_came_meanwhile",
        file: "listener.rs",
        from: "            queue = self.queue();\n        }\n",
        to: "            queue = self.queue();\n            break;\n        }\n",
    },
];

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let driver = here.join("../../core/src/driver");
    println!("cargo::rerun-if-changed={}", driver.display());
    println!("cargo::rerun-if-changed={}", here.join("src").display());
    println!("cargo::rerun-if-changed={}", here.join("build.rs").display());

    let mut files = BTreeMap::new();
    for entry in fs::read_dir(&driver)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).ok_or("a file without a name")?.to_owned();
        // Its unit tests run outside of a model.
        files.insert(name, fs::read_to_string(&path)?.replace("#[cfg(test)]\nmod tests", "#[cfg(any())]\nmod tests"));
    }
    // Outside of its crate an enum that may grow wants one arm more.
    let transport = files.get_mut("transport.rs").ok_or("no transport.rs")?;
    *transport = transport
        .replace("Next::Done(outcome) => return outcome,", "Next::Done(outcome) => return outcome,\n                _ => unreachable!(),");
    files.insert("sync.rs".into(), fs::read_to_string(here.join("src/sync.rs"))?);
    let checks = fs::read_to_string(here.join("src/checks.rs"))?;
    files.insert("checks.rs".into(), checks);
    files.entry("mod.rs".into()).or_default().push_str("\npub mod checks;\n");

    let mut modules = String::new();
    write_driver(&out, "whole", &files, &mut modules)?;
    for Removal { name, file, from, to } in REMOVALS {
        let mut files = files.clone();
        let text = files.get_mut(*file).ok_or("no such file")?;
        if text.matches(from).count() != 1 {
            return Err(
                format!("{name}: {file} has changed: what was to be removed stands there {} times", text.matches(from).count()).into()
            );
        }
        *text = text.replace(from, to);
        write_driver(&out, name, &files, &mut modules)?;
    }
    fs::write(out.join("drivers.rs"), modules)?;
    Ok(())
}

fn write_driver(out: &Path, name: &str, files: &BTreeMap<String, String>, modules: &mut String) -> Result<(), Box<dyn Error>> {
    let folder = out.join(name);
    fs::create_dir_all(&folder)?;
    for (file, text) in files {
        fs::write(folder.join(file), text)?;
    }
    writeln!(modules, "#[path = {:?}]\npub mod {name};", folder.join("mod.rs"))?;
    Ok(())
}
