//! `dist`: what is published, under `dist/NAME`.

mod kotlin;
mod npm;
mod python;
mod swift;
mod trial;
mod wheel;

use std::process::ExitCode;

use anyhow::Result;

use crate::{program, stage::Session, summary::Summary};

/// Something that is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dist {
    Python,
    Npm,
    Kotlin,
    Swift,
}

/// Reads the names on the command line, none for all; an error is a refusal.
pub(crate) fn chosen(names: &[String]) -> Result<Vec<Dist>, String> {
    if names.is_empty() {
        return Ok(vec![Dist::Python, Dist::Npm, Dist::Kotlin, Dist::Swift]);
    }
    let chosen = names.iter().map(|name| match name.as_str() {
        "python" => Ok(Dist::Python),
        "npm" => Ok(Dist::Npm),
        "kotlin" => Ok(Dist::Kotlin),
        "swift" => Ok(Dist::Swift),
        other => Err(format!("{other}: no such package; there are python, npm, kotlin and swift")),
    });
    chosen.collect()
}

/// Builds what was chosen.
pub(crate) fn run(session: &Session, chosen: &[Dist]) -> Result<ExitCode> {
    let mut summary = Summary::default();
    for dist in chosen {
        summary.parts.push(match dist {
            Dist::Python => python::run(session)?,
            Dist::Npm => npm::run(session)?,
            Dist::Kotlin => kotlin::run(session)?,
            Dist::Swift => swift::run(session)?,
        });
    }
    Ok(summary.close(program::ci()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_does_not_exist_is_refused_by_name() {
        let chosen = |name: &str| chosen(&[name.to_owned()]);
        assert_eq!((chosen("python"), chosen("swift")), (Ok(vec![Dist::Python]), Ok(vec![Dist::Swift])));
        assert!(chosen("pyhton").is_err_and(|refusal| refusal.contains("no such package")));
    }
}
