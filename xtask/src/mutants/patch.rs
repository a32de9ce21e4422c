//! A mutant as a file: what it breaks, in words and as a diff.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

/// A patch file.
#[derive(Clone, Debug)]
pub(super) struct Patch {
    /// The file's name without its ending.
    pub(super) name: String,
    /// The row of the policy, or the rule, that it breaks: the first line, after `Shows: `.
    pub(super) shows: String,
    /// What is wrong with it, in a sentence.
    pub(super) says: String,
    pub(super) path: PathBuf,
}

/// Reads the patches of a folder, in the order of their names.
pub(super) fn read_folder(folder: &Path) -> Result<Vec<Patch>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let mut paths: Vec<_> = paths.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "patch")).collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

/// Reads one patch; the words before the diff may be missing.
pub(super) fn read(path: &Path) -> Result<Patch> {
    let path = fs::canonicalize(path).with_context(|| path.display().to_string())?;
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let is_diff = |line: &&str| line.starts_with("--- ") || line.starts_with("diff ");
    if !text.lines().any(|line| is_diff(&line)) {
        bail!("{}: holds no diff", path.display());
    }
    let words: Vec<_> = text.lines().take_while(|line| !is_diff(line)).filter(|line| !line.trim().is_empty()).collect();
    let shows = words.iter().find_map(|line| line.strip_prefix("Shows: ")).unwrap_or_default().to_owned();
    let says = words.iter().filter(|line| !line.starts_with("Shows: ")).copied().collect::<Vec<_>>().join(" ");
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Patch { name, shows, says, path })
}
