//! `mutants`: each patch breaks the machine in one place; the nets have to notice, each on its own.

mod every;
mod net;
mod page;
mod patch;
mod tree;

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use anyhow::{Context, Result, bail};

use crate::stage::Session;

use net::{Answer, NETS, Net};
use patch::Patch;
use tree::Tree;

/// What the user asked for.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// A patch file instead of the repository's own; may be given several times
    #[arg(long, value_name = "FILE")]
    patch: Vec<PathBuf>,
    /// Only patches whose name contains this text
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
    /// How many patches are tried at a time; by default as many as there are processors, at most 4
    #[arg(long)]
    jobs: Option<usize>,
    /// Writes the table to docs/mutants.md
    #[arg(long)]
    write: bool,
    /// Runs cargo-mutants over all of core instead: hours
    #[arg(long)]
    all: bool,
}

/// What the nets said to one patch, in their order; or why there was nothing to say.
struct Trial {
    patch: Patch,
    outcome: Result<Vec<Answer>, String>,
    seconds: f64,
}

/// The share of mutants that each net has to notice by itself, in percent.
const SHARE: usize = 60;

/// Tries the patches and prints what came of each.
pub(crate) fn run(session: &Session, options: &Options) -> Result<ExitCode> {
    if options.all {
        return every::run(session);
    }
    let some = !options.patch.is_empty() || !options.only.is_empty();
    if options.write && some {
        bail!("--write is for a run of all patches: the page would lose the others");
    }
    let workspace = &session.workspace;
    let patches = if options.patch.is_empty() {
        patch::read_folder(&workspace.path("verification/mutants"))?
    } else {
        options.patch.iter().map(|file| patch::read(file)).collect::<Result<_>>()?
    };
    let patches: Vec<_> = patches.into_iter().filter(|patch| patch.name.contains(&options.only)).collect();
    if patches.is_empty() {
        bail!("no patch has {:?} in its name", options.only);
    }
    let started = Instant::now();
    let commit = workspace.program("git").args(["log", "-1", "--format=%h, %cs"]).output()?;
    let commit = String::from_utf8_lossy(&commit.stdout).trim().to_owned();
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let jobs = options.jobs.unwrap_or(processors.min(4)).clamp(1, patches.len());
    let trees = (0..jobs).map(|number| Tree::copy(workspace, number)).collect::<Result<Vec<_>>>()?;
    let names = baseline(session, &trees)?;
    let trials = try_all(session, &trees, &patches, &names);
    let report = page::Report { trials: &trials, names: &names, seconds: started.elapsed().as_secs() };
    print!("{}", report.text());
    if options.write {
        let page = workspace.path("docs/mutants.md");
        std::fs::write(&page, report.page(&commit)).with_context(|| page.display().to_string())?;
    }
    let complaints = report.complaints(!some);
    complaints.iter().for_each(|complaint| eprintln!("{complaint}"));
    let good = trials.iter().filter(|trial| trial.is_killed()).count();
    println!("\n{good} passed, {} failed", (trials.len() - good).max(usize::from(!complaints.is_empty())));
    Ok(if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Trial {
    fn is_killed(&self) -> bool {
        self.outcome.as_ref().is_ok_and(|answers| answers.iter().any(Answer::is_killed))
    }
}

/// Builds the nets in every tree without a patch: nothing may fail. Returns what each net has to fail with.
fn baseline(session: &Session, trees: &[Tree]) -> Result<Vec<Vec<String>>> {
    session.progress.say(&format!("baseline: the nets without a patch, in {} trees (the first time builds them)", trees.len()));
    thread::scope(|scope| {
        let builds: Vec<_> = trees.iter().map(|tree| scope.spawn(move || tree.build())).collect();
        builds.into_iter().try_for_each(|build| build.join().unwrap_or_else(|_| bail!("the build of a tree panicked")))
    })?;
    let tree = trees.first().context("no tree")?;
    let mut names = Vec::new();
    for net in NETS {
        let answer = net.cast(tree)?;
        if answer != Answer::Silent {
            bail!("baseline: {} is not green without a patch: {answer:?}", net.name);
        }
        names.push(net.names(tree)?);
    }
    Ok(names)
}

/// Tries every patch, each tree one at a time.
fn try_all(session: &Session, trees: &[Tree], patches: &[Patch], names: &[Vec<String>]) -> Vec<Trial> {
    let next = AtomicUsize::new(0);
    let trials = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for tree in trees {
            scope.spawn(|| {
                while let Some(patch) = patches.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let started = Instant::now();
                    let outcome = try_one(tree, patch, names).unwrap_or_else(|error| Err(format!("{error:#}")));
                    let trial = Trial { patch: patch.clone(), outcome, seconds: started.elapsed().as_secs_f64() };
                    let mut trials = trials.lock().unwrap_or_else(PoisonError::into_inner);
                    trials.push(trial);
                    let line = trials.last().map(page::line).unwrap_or_default();
                    session.progress.say(&format!("[{}/{}] {line}", trials.len(), patches.len()));
                }
            });
        }
    });
    let mut trials = trials.into_inner().unwrap_or_else(PoisonError::into_inner);
    trials.sort_by(|a, b| a.patch.name.cmp(&b.patch.name));
    trials
}

/// Applies a patch, builds, casts the nets and takes the patch back. The inner error is the patch's own fault.
fn try_one(tree: &Tree, patch: &Patch, names: &[Vec<String>]) -> Result<Result<Vec<Answer>, String>> {
    if let Err(error) = tree.apply(patch, false) {
        return Ok(Err(format!("does not apply: {error:#}")));
    }
    let outcome = match tree.build() {
        Ok(()) => NETS.iter().zip(names).map(|(net, names): (&Net, _)| Ok(net.cast(tree)?.of(names))).collect::<Result<Vec<_>>>().map(Ok),
        Err(error) => Ok(Err(format!("does not compile: {error:#}"))),
    };
    tree.apply(patch, true).context("the patch cannot be taken back")?;
    outcome
}
