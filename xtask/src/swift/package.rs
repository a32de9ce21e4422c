//! The Swift package, and the Rust that it is linked to.

use std::{
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, anyhow};
use serde_json::Value;

use crate::{
    glue::Glue,
    sandbox::Sandbox,
    stage::Stage,
    step::{Kind, Step},
    swift::Toolchain,
    workspace::Workspace,
};

/// What the generator writes and SwiftPM, which runs no generator, takes from the repository.
const GENERATED: [(&str, &str); 2] = [
    ("EvertokenGlue.swift", "bindings-uniffi/swift/Sources/EvertokenGlue/EvertokenGlue.swift"),
    ("EvertokenFFI.h", "bindings-uniffi/swift/Sources/EvertokenFFI/EvertokenFFI.h"),
];

/// What is written by hand.
const WRITTEN: [&str; 8] = [
    "Package.swift",
    "bindings-uniffi/swift/Sources/Evertoken",
    "bindings-uniffi/swift/Tests",
    "bindings-uniffi/swift/bench",
    "bindings-uniffi/swift/documents",
    "bindings-uniffi/swift/openapi",
    "bindings-uniffi/swift/scenarios",
    "examples/swift",
];

/// The package `evertoken` of SwiftPM, which is the checkout itself.
pub(crate) struct Package<'a> {
    workspace: &'a Workspace,
    toolchain: Toolchain,
    library: PathBuf,
}

impl<'a> Package<'a> {
    /// Builds what it is linked to, where as many `later` steps are to follow; none if that failed.
    pub(crate) fn prepare(stage: &'a Stage<'_>, later: usize) -> Result<Option<Self>> {
        let workspace = &stage.session.workspace;
        let glue = Glue::new(workspace);
        let Some(toolchain) = Toolchain::prepare(stage, later + Glue::STEPS + 1)? else { return Ok(None) };
        let steps = glue.build().into_iter().chain([glue.generate("swift", &generated(workspace))]);
        if !stage.run_before(later, steps.collect())? {
            return Ok(None);
        }
        let library = place(&glue.archive(), &workspace.target.join("swift").join("library"))?;
        Ok(Some(Self { workspace, toolchain, library }))
    }

    /// The folder with nothing but the library: a shared one beside it would be preferred.
    pub(crate) fn library(&self) -> &Path {
        &self.library
    }

    /// A command of SwiftPM for a package of the repository. What several packages are made of is built once for all.
    pub(crate) fn swift(&self, subcommand: &str, package: &Path) -> Command {
        self.swift_in(subcommand, package, &self.build(), &self.library)
    }

    /// The same with a folder of its own for what is built, and another library.
    pub(crate) fn swift_in(&self, subcommand: &str, package: &Path, build: &Path, library: &Path) -> Command {
        let mut command = self.program("swift");
        command.arg(subcommand).arg("--package-path").arg(package).arg("--scratch-path").arg(build);
        // It would take the plan that another package has left in the folder for its own.
        command.arg("--disable-build-manifest-caching");
        command.arg("-Xlinker").arg(format!("-L{}", library.display()));
        command.env("EVERTOKEN_SANDBOX", Sandbox::for_tests(self.workspace).program());
        command
    }

    /// Another program of the toolchain.
    pub(crate) fn program(&self, name: &str) -> Command {
        self.toolchain.program(self.workspace, name)
    }

    /// Format, and whether the repository has what the generator writes now.
    pub(crate) fn checks(&self) -> Vec<Step> {
        let check = |(written, kept): (&str, &str)| {
            let mut same = self.workspace.program("git");
            same.args(["diff", "--no-index", "--exit-code", "--no-color", kept]).arg(generated(self.workspace).join(written));
            Step::new(Kind::Check, format!("{written} is current (else: cargo xtask build swift)"), same)
        };
        let mut format = self.program("swift");
        format.args(["format", "lint", "--strict", "--recursive", "--configuration", "bindings-uniffi/swift/.swift-format"]).args(WRITTEN);
        let format = Step::new(Kind::Check, "swift-format", format);
        [format].into_iter().chain(GENERATED.map(check)).collect()
    }

    /// Makes the documentation of everything public, where as many `later` steps are to follow; a link that leads nowhere fails it.
    pub(crate) fn document(&self, stage: &Stage<'_>, later: usize) -> Result<()> {
        let mut list = self.swift("package", &self.workspace.root);
        list.args(["dump-symbol-graph", "--minimum-access-level", "public", "--skip-synthesized-members"]);
        if stage.run_before(later + 1, vec![Step::new(Kind::SetUp, "list what is public", list)])? {
            let products = fs::canonicalize(self.build().join("debug")).context("SwiftPM's products")?;
            let symbols = products.with_file_name("symbolgraph");
            // Generated code is public to the package alone.
            fs::remove_file(symbols.join("EvertokenGlue.symbols.json")).context("the symbols of the generated code")?;
            let unsaid = undocumented(&fs::read(symbols.join("Evertoken.symbols.json"))?)?;
            if !unsaid.is_empty() {
                stage.broke(&anyhow!("public without a word: {}", unsaid.join(", ")));
            }
            let mut docc = self.program(if cfg!(target_os = "macos") { "xcrun" } else { "docc" });
            docc.args(cfg!(target_os = "macos").then_some("docc")).args([
                "convert",
                "--warnings-as-errors",
                "--fallback-display-name",
                "Evertoken",
            ]);
            docc.args(["--fallback-bundle-identifier", "dev.evertoken", "--additional-symbol-graph-dir"]).arg(symbols);
            docc.arg("--output-path").arg(self.workspace.target.join("swift").join("Evertoken.doccarchive"));
            stage.run_before(later, vec![Step::new(Kind::Check, "DocC", docc)])?;
        }
        Ok(())
    }

    /// Puts what the generator writes into the repository.
    pub(crate) fn keep_generated(&self) -> Result<()> {
        for (written, kept) in GENERATED {
            let written = generated(self.workspace).join(written);
            fs::copy(&written, self.workspace.path(kept)).with_context(|| written.display().to_string())?;
        }
        Ok(())
    }

    fn build(&self) -> PathBuf {
        self.workspace.target.join("swift").join("build")
    }
}

/// The names of those symbols of a symbol graph that have no comment.
fn undocumented(graph: &[u8]) -> Result<Vec<String>> {
    let graph: Value = serde_json::from_slice(graph).context("the symbol graph")?;
    let symbols = graph["symbols"].as_array().context("the symbol graph has no symbols")?;
    let path = |symbol: &Value| {
        let parts: Vec<_> = symbol["pathComponents"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        parts.join(".")
    };
    Ok(symbols.iter().filter(|symbol| symbol["docComment"].is_null()).map(path).collect())
}

fn generated(workspace: &Workspace) -> PathBuf {
    workspace.target.join("swift").join("generated")
}

/// Copies a library into a folder that is named after its contents: SwiftPM links anew only when its command line changes.
fn place(archive: &Path, folder: &Path) -> Result<PathBuf> {
    let bytes = fs::read(archive).with_context(|| archive.display().to_string())?;
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let place = folder.join(format!("{:016x}", hasher.finish()));
    if !place.is_dir() {
        if folder.is_dir() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(&place)?;
        fs::write(place.join(archive.file_name().context("the library has no name")?), bytes)?;
    }
    Ok(place)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_comment_is_named() {
        let graph = r#"{"symbols": [{"pathComponents": ["A"], "docComment": {"lines": []}}, {"pathComponents": ["A", "b()"]}]}"#;
        assert_eq!(undocumented(graph.as_bytes()).unwrap(), ["A.b()"]);
        assert!(undocumented(b"{}").is_err());
    }

    #[test]
    fn another_library_is_another_folder_and_the_only_one() {
        let folder = std::env::temp_dir().join(format!("xtask-swift-{}", std::process::id()));
        let (archive, places) = (folder.join("libthat.a"), folder.join("lib"));
        fs::create_dir_all(&folder).unwrap();
        let put = |bytes: &str| {
            fs::write(&archive, bytes).unwrap();
            place(&archive, &places).unwrap()
        };
        let first = put("one");
        assert_eq!(put("one"), first);
        let second = put("two");
        assert_ne!(second, first);
        assert_eq!(fs::read_to_string(second.join("libthat.a")).unwrap(), "two");
        assert_eq!(fs::read_dir(&places).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }
}
