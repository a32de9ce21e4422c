//! The API of each jar as text, one file a jar, in `bindings-uniffi/kotlin/api`.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::{JARS, Package, archive::EMPTY_ZIP, package};
use crate::step::{Kind, Step};

/// What japicmp finds that each jar adds to one of nothing: there is no published version to compare with yet.
pub(crate) struct ApiDump<'a> {
    package: &'a Package<'a>,
}

impl<'a> ApiDump<'a> {
    /// That of the jars of this checkout.
    pub(crate) fn new(package: &'a Package<'a>) -> Self {
        Self { package }
    }

    /// Builds the jars as they are published, and lets japicmp look at them.
    pub(crate) fn build(&self) -> Result<Step> {
        let nothing = self.package.folder().join("nothing.jar");
        package::put(&nothing, &EMPTY_ZIP)?;
        let mut command =
            self.package.maven(&["--activate-profiles", "publish,api", "-Dmaven.test.skip=true", "--also-make", "--projects"]);
        command.arg(JARS.join(",")).arg("package").arg(format!("-Devertoken.nothing={}", nothing.display()));
        Ok(Step::new(Kind::Check, "the jars: no warning, everything public documented, nothing that Android lacks", command))
    }

    /// Compares it with what is written down.
    pub(crate) fn compare(&self) -> Result<Step> {
        let found = self.package.folder().join("api");
        self.write(&found)?;
        let mut command = self.package.git(&["diff", "--no-index", "--exit-code", "--no-color"]);
        command.arg(self.package.sources("api")).arg(found);
        Ok(Step::new(Kind::Check, "the API is what is written down (else: cargo xtask build kotlin)", command))
    }

    /// Writes it down.
    pub(crate) fn keep(&self) -> Result<()> {
        self.write(&self.package.sources("api"))
    }

    fn write(&self, folder: &Path) -> Result<()> {
        for module in JARS {
            let found = self.package.built(module).join("japicmp/japicmp.diff");
            let text = fs::read_to_string(&found).with_context(|| found.display().to_string())?;
            let text = readable(&text);
            if !text.is_empty() {
                package::put(&folder.join(format!("{module}.txt")), text.as_bytes())?;
            }
        }
        Ok(())
    }
}

/// Leaves out what says nothing of the API, and what only the module itself can use.
fn readable(found: &str) -> String {
    let mut text = String::new();
    let mut hidden = usize::MAX;
    for line in found.lines() {
        let bare = line.trim_start_matches('\t');
        let depth = line.len() - bare.len();
        if depth > hidden {
            continue;
        }
        hidden = usize::MAX;
        let Some(what) = bare.strip_prefix("+++  NEW ") else { continue };
        if ["ANNOTATION:", "ELEMENT:"].iter().any(|noise| what.starts_with(noise))
            || what.contains("$evertoken_")
            || what.contains(".internal.")
        {
            hidden = depth;
            continue;
        }
        let what = what.split("  (").next().unwrap_or(what).replace("(+)", "");
        text.push_str(&"    ".repeat(depth));
        text.push_str(&what);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_user_sees_is_written_down() {
        let found = "Comparing source compatibility of a against b\n\
                     +++  NEW CLASS: PUBLIC(+) FINAL(+) dev.evertoken.Api  (not serializable)\n\
                     \t+++  CLASS FILE FORMAT VERSION: 55.0 <- n.a.\n\
                     \t+++  NEW SUPERCLASS: java.lang.Object\n\
                     \t+++  NEW METHOD: PUBLIC(+) java.lang.String url()\n\
                     \t\t+++  NEW EXCEPTION: dev.evertoken.EvertokenException\n\
                     \t\t+++  NEW ANNOTATION: kotlin.jvm.JvmStatic\n\
                     \t\t\t+++  NEW ELEMENT: k=1 (+)\n\
                     \t+++  NEW METHOD: PUBLIC(+) int half$evertoken_core()\n\
                     \t\t+++  NEW EXCEPTION: java.lang.Exception\n\
                     \t+++  NEW CONSTRUCTOR: PUBLIC(+) Api(dev.evertoken.internal.Half)\n";
        let expected = "CLASS: PUBLIC FINAL dev.evertoken.Api\n    SUPERCLASS: java.lang.Object\n    METHOD: PUBLIC java.lang.String url()\n        \
                        EXCEPTION: dev.evertoken.EvertokenException\n";
        assert_eq!(readable(found), expected);
    }
}
