//! `dist`: what is published, under `dist/NAME`.

mod python;
mod trial;
mod wheel;

use std::process::ExitCode;

use anyhow::Result;

use crate::stage::Session;

/// Reads the names on the command line; an error is a refusal.
pub(crate) fn chosen(names: &[String]) -> Result<(), String> {
    match names.iter().find(|name| *name != "python").map(String::as_str) {
        None => Ok(()),
        Some(name @ ("js" | "kotlin" | "swift" | "rust")) => {
            Err(format!("{name}: not built yet, coming with the package of that language"))
        }
        Some(other) => Err(format!("{other}: no such package; there is python")),
    }
}

/// Builds the packages that there are.
pub(crate) fn run(session: &Session) -> Result<ExitCode> {
    python::run(session)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_does_not_exist_is_refused_by_name() {
        let chosen = |name: &str| chosen(&[name.to_owned()]);
        assert_eq!(chosen("python"), Ok(()));
        assert!(chosen("swift").is_err_and(|refusal| refusal.contains("not built yet")));
        assert!(chosen("pyhton").is_err_and(|refusal| refusal.contains("no such package")));
    }
}
