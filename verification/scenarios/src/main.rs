//! Runs scenario files and makes the table of results.

use std::{
    fs,
    io::{IsTerminal, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::{Args, Parser, Subcommand};
use evertoken_scenarios::{
    client,
    envelope::{self, File, Level, Outcome, Record},
    machine,
    results::{Results, Table},
};
use serde_json::json;

/// Runs scenario files and makes the table of results.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// All files of both levels, the failures as one line of JSON; for mutation testing.
    #[arg(long, requires = "json")]
    quick: bool,
    /// See `--quick`.
    #[arg(long)]
    json: bool,
    /// The names of all scenarios of both levels, as one line of JSON.
    #[arg(long)]
    names: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the files and writes the results.
    Run(Run),
    /// Makes the table of results files; fails where something is red.
    Table(Shown),
}

#[derive(Args)]
struct Run {
    /// Only this level: `machine` or `client`.
    #[arg(long)]
    level: Option<String>,
    /// Only files whose path or name holds this text.
    #[arg(long)]
    only: Option<String>,
    /// Where to write the results.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(Args)]
struct Shown {
    /// Results files.
    files: Vec<PathBuf>,
    /// Bindings that are not there yet, separated by commas.
    #[arg(long, value_delimiter = ',')]
    missing: Vec<String>,
    /// Where to write the page.
    #[arg(long)]
    write: Option<PathBuf>,
    /// A page that must be the one that would be written.
    #[arg(long)]
    check: Option<PathBuf>,
    /// The command that the page says it is made by.
    #[arg(long, default_value = "cargo xtask scenarios")]
    command: String,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Some(Command::Run(run)) => run.run(),
        Some(Command::Table(shown)) => shown.show(),
        None if arguments.quick => quick(),
        None if arguments.names => names(),
        None => Err("give a command: run, table, --quick --json, or --names".to_owned()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

impl Run {
    fn run(&self) -> Result<bool, String> {
        let wanted = |level: &str| self.level.as_deref().is_none_or(|wanted| wanted == level);
        let levels: Vec<Level> = [("machine", Level::Machine), ("client", Level::Client)]
            .into_iter()
            .filter(|(name, _)| wanted(name))
            .map(|(_, level)| level)
            .collect();
        let mut show = Progress::new();
        let results = results(&Which { levels: &levels, only: self.only.as_deref(), hurry: false }, |record| show.tell(record))?;
        show.end(&results);
        if let Some(file) = &self.json {
            let text = serde_json::to_string_pretty(&results).map_err(|error| error.to_string())?;
            fs::create_dir_all(file.parent().unwrap_or(Path::new("."))).map_err(|error| format!("{}: {error}", file.display()))?;
            fs::write(file, text + "\n").map_err(|error| format!("{}: {error}", file.display()))?;
        }
        Ok(results.failures().next().is_none())
    }
}

impl Shown {
    fn show(&self) -> Result<bool, String> {
        let read = |file: &PathBuf| fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()));
        let results = self.files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let mut table = Table::of(&results, &self.missing, &self.command)?;
        if let Some(file) = self.check.as_ref().filter(|file| !read(file).is_ok_and(|page| page == table.page)) {
            table.red.push(format!("{} is not what `{}` writes now", file.display(), self.command));
        }
        match &self.write {
            Some(file) => fs::write(file, &table.page).map_err(|error| format!("{}: {error}", file.display()))?,
            None if self.check.is_none() => print!("{}", table.page),
            None => {}
        }
        table.red.iter().for_each(|red| eprintln!("red: {red}"));
        Ok(table.red.is_empty())
    }
}

/// Runs everything and prints the failures as the last line.
fn quick() -> Result<bool, String> {
    // A panic is no failed scenario, also where a task of the runtime would catch it.
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        usual(panic);
        std::process::exit(101);
    }));
    let results = results(&Which { levels: &[Level::Machine, Level::Client], only: None, hurry: true }, |_| ())?;
    let failed: Vec<_> = results
        .failures()
        .map(|record| match &record.outcome {
            Outcome::Failed(failure) => json!({"name": record.name, "detail": format!("{}: {failure}", record.file)}),
            Outcome::Passed => json!({"name": record.name}),
        })
        .collect();
    let none = failed.is_empty();
    println!("{}", json!({ "failed": failed }));
    Ok(none)
}

/// Prints what `--quick` could fail with.
fn names() -> Result<bool, String> {
    let mut names = Vec::new();
    for folder in ["machine", "client"] {
        for file in envelope::files(folder)? {
            names.push(file.parse().map_err(|failure| format!("{}: {failure}", file.file))?.0.name);
        }
    }
    println!("{}", json!(names));
    Ok(true)
}

/// Which files are run.
struct Which<'a> {
    levels: &'a [Level],
    only: Option<&'a str>,
    /// A few failures of the client level are enough: with each the next file may wait in vain as well.
    hurry: bool,
}

const ENOUGH_FAILURES: usize = 3;
const IN_A_HURRY: Duration = Duration::from_secs(2);

fn results(which: &Which<'_>, mut tell: impl FnMut(&Record)) -> Result<Results, String> {
    let mut results = Results::of("rust", env!("CARGO_PKG_VERSION"));
    for level in which.levels {
        let run: Box<dyn Fn(&File) -> Record> = match level {
            Level::Machine => Box::new(machine::run),
            Level::Client => {
                let runner = client::Runner::start()?;
                let runner = if which.hurry { runner.giving_up_after(IN_A_HURRY) } else { runner };
                Box::new(move |file| runner.record(file))
            }
        };
        let name = if *level == Level::Client { "client" } else { "machine" };
        let mut failures = 0;
        'level: for (folder, of) in [(name.to_owned(), &mut results.results), (format!("must-fail/{name}"), &mut results.must_fail)] {
            for file in envelope::files(&folder)?.iter().filter(|file| which.only.is_none_or(|only| is_named(file, only))) {
                let record = run(file);
                tell(&record);
                failures += usize::from(!record.passed());
                of.push(record);
                if which.hurry && *level == Level::Client && failures >= ENOUGH_FAILURES {
                    break 'level;
                }
            }
        }
    }
    Ok(results)
}

fn is_named(file: &File, text: &str) -> bool {
    file.file.contains(text) || file.parse().is_ok_and(|(head, _)| head.name.contains(text))
}

/// The progress on a terminal, and the failures wherever it goes.
struct Progress {
    on_terminal: bool,
    began: std::time::Instant,
    done: usize,
}

impl Progress {
    fn new() -> Self {
        Self { on_terminal: std::io::stderr().is_terminal(), began: std::time::Instant::now(), done: 0 }
    }

    fn tell(&mut self, record: &Record) {
        self.done += 1;
        if self.on_terminal {
            eprint!("\r\x1b[K{:4} {}", self.done, record.file);
            // It is only a progress line.
            let _ = std::io::stderr().flush();
        }
        if !record.passed() {
            let line = if self.on_terminal { "\r\x1b[K" } else { "" };
            eprintln!("{line}{record}");
        }
    }

    fn end(&self, results: &Results) {
        if self.on_terminal {
            eprint!("\r\x1b[K");
        }
        let assertions: usize = results.results.iter().map(|record| record.assertions).sum();
        println!(
            "{} scenarios and {} wrong files, {assertions} comparisons, {:.1} s",
            results.results.len(),
            results.must_fail.len(),
            self.began.elapsed().as_secs_f64()
        );
        let failed = results.failures().count();
        println!("{} passed, {failed} failed", results.results.len() + results.must_fail.len() - failed);
    }
}
