//! The API of each jar as text, one file a jar, in `bindings-uniffi/kotlin/api`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::{JARS, Package, archive::EMPTY_ZIP, package};
use crate::{
    stage::Stage,
    step::{Kind, Step},
};

const BUILD: &str = "the jars: no warning, nothing that Android lacks";

/// What Dokka wants documented although Kotlin itself or `Any` says what it does.
const CLEAR: [&str; 6] = ["toString", "equals", "hashCode", "getEntries", "valueOf", "values"];

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
        // A class that is gone would still be among those of the last time.
        command.arg(JARS.join(",")).args(["clean", "package"]).arg(format!("-Devertoken.build={}", self.jars().display()));
        command.arg(format!("-Devertoken.nothing={}", nothing.display()));
        Ok(Step::new(Kind::Check, BUILD, command))
    }

    /// Where the jars are.
    pub(crate) fn jars(&self) -> PathBuf {
        self.package.folder().join("jars")
    }

    /// Compares it with what is written down, and what the build found undocumented with nothing.
    pub(crate) fn compare(&self, stage: &Stage<'_>) -> Result<Step> {
        let found = self.package.folder().join("api");
        if found.is_dir() {
            fs::remove_dir_all(&found)?;
        }
        self.write(&found)?;
        let built = fs::read_to_string(stage.log(BUILD)).context("the log of the build")?;
        let undocumented: Vec<_> = built.lines().filter_map(undocumented).collect();
        if !undocumented.is_empty() {
            fs::write(found.join("undocumented.txt"), undocumented.join("\n"))?;
        }
        let mut command = self.package.git(&["diff", "--no-index", "--exit-code", "--no-color"]);
        command.arg(self.package.sources("api")).arg(found);
        Ok(Step::new(Kind::Check, "the API is documented, and as it is written down (else: cargo xtask build kotlin)", command))
    }

    /// Writes it down.
    pub(crate) fn keep(&self) -> Result<()> {
        self.write(&self.package.sources("api"))
    }

    fn write(&self, folder: &Path) -> Result<()> {
        for module in JARS {
            let found = self.jars().join(module).join("japicmp/japicmp.diff");
            let text = fs::read_to_string(&found).with_context(|| found.display().to_string())?;
            let text = readable(&text);
            if !text.is_empty() {
                package::put(&folder.join(format!("{module}.txt")), text.as_bytes())?;
            }
        }
        Ok(())
    }
}

/// The name in Dokka's `[WARNING] Undocumented: dev.evertoken/Api/url/#/ (JVM)`.
fn undocumented(line: &str) -> Option<&str> {
    let name = line.strip_prefix("[WARNING] Undocumented: ")?;
    (!CLEAR.iter().any(|clear| name.contains(&format!("/{clear}/#")))).then_some(name)
}

/// Leaves out what says nothing of the API, and what only the module itself can use.
fn readable(found: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut hidden = usize::MAX;
    for line in found.lines() {
        let bare = line.trim_start_matches('\t');
        let depth = line.len() - bare.len();
        if depth > hidden {
            continue;
        }
        hidden = usize::MAX;
        let Some(what) = bare.strip_prefix("+++  NEW ") else { continue };
        let noise = ["ANNOTATION:", "ELEMENT:", "SUPERCLASS: java.lang.Object"].iter().any(|noise| what.starts_with(noise));
        if noise || ["$evertoken_", ".internal.", " access$"].iter().any(|own| what.contains(own)) || is_unnamed(what) {
            hidden = depth;
            continue;
        }
        // A file whose functions are all its own is a class of nothing.
        if depth == 0 && lines.last().is_some_and(|last| last.ends_with("Kt")) {
            lines.pop();
        }
        let what = what.split("  (").next().unwrap_or(what).replace("(+)", "");
        lines.push(format!("{}{what}", "    ".repeat(depth)));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Whether it is the class of a lambda or of another expression: those have numbers.
fn is_unnamed(what: &str) -> bool {
    what.starts_with("CLASS: ") && what.split('$').skip(1).any(|name| name.starts_with(|first: char| first.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_clear_needs_no_documentation() {
        assert_eq!(undocumented("[WARNING] Undocumented: dev.evertoken/Api/url/#/ (JVM)"), Some("dev.evertoken/Api/url/#/ (JVM)"));
        assert_eq!(undocumented("[WARNING] Undocumented: dev.evertoken/Api/toString/#/ (JVM)"), None);
        assert_eq!(undocumented("[WARNING] No javadoc generated so no javadoc jar will be generated"), None);
    }

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
                     \t+++  NEW CONSTRUCTOR: PUBLIC(+) Api(dev.evertoken.internal.Half)\n\
                     +++  NEW CLASS: PUBLIC(+) dev.evertoken.Api$url$1\n\
                     \t+++  NEW METHOD: PUBLIC(+) void invoke()\n\
                     +++  NEW CLASS: PUBLIC(+) dev.evertoken.ApiKt\n\
                     \t+++  NEW METHOD: PUBLIC(+) STATIC(+) void access$half()\n\
                     +++  NEW CLASS: PUBLIC(+) dev.evertoken.Empty\n";
        let expected = "CLASS: PUBLIC FINAL dev.evertoken.Api\n    METHOD: PUBLIC java.lang.String url()\n        \
                        EXCEPTION: dev.evertoken.EvertokenException\nCLASS: PUBLIC dev.evertoken.Empty\n";
        assert_eq!(readable(found), expected);
    }
}
