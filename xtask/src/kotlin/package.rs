//! The packages for Kotlin, with their glue where Maven looks for it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{glue::Glue, program, sandbox::Sandbox, stage::Stage, workspace::Workspace};

/// Where UniFFI puts what it writes, below the folder that it is given.
const WRITTEN: &str = "dev/evertoken/internal/ffi/evertoken_uniffi.kt";

/// The modules that are published as jars.
pub(crate) const JARS: [&str; 5] = ["evertoken-core", "evertoken-jvm", "evertoken-okhttp", "evertoken-ktor", "evertoken-jdk"];

/// The modules of `bindings-uniffi/kotlin`.
pub(crate) struct Package<'a> {
    workspace: &'a Workspace,
}

impl<'a> Package<'a> {
    /// Builds the glue, where as many `later` steps are to follow; none if that failed.
    pub(crate) fn prepare(stage: &'a Stage<'_>, later: usize) -> Result<Option<Self>> {
        let package = Self { workspace: &stage.session.workspace };
        let (glue, written) = (Glue::new(package.workspace), package.folder().join("written"));
        let steps = glue.build().into_iter().chain([glue.generate("kotlin", &written)]).collect();
        if !stage.run_before(later, steps)? {
            return Ok(None);
        }
        let source = fs::read_to_string(written.join(WRITTEN)).context("UniFFI wrote no Kotlin")?;
        put(&package.folder().join("generated").join(WRITTEN), hidden(&source).as_bytes())?;
        let library = fs::read(glue.library()).with_context(|| glue.library().display().to_string())?;
        let name = glue.library().file_name().context("a library has a name")?.to_owned();
        put(&package.natives().join(platform()).join(name), &library)?;
        Ok(Some(package))
    }

    /// The folder of a module.
    pub(crate) fn sources(&self, module: &str) -> PathBuf {
        self.workspace.path("bindings-uniffi/kotlin").join(module)
    }

    /// Where everything of Kotlin is built.
    pub(crate) fn folder(&self) -> PathBuf {
        self.workspace.path("target/kotlin")
    }

    /// The native libraries, each in a folder as JNA calls its platform.
    pub(crate) fn natives(&self) -> PathBuf {
        self.folder().join("natives")
    }

    /// Maven, told what to do with all modules.
    pub(crate) fn maven(&self, arguments: &[&str]) -> Command {
        self.maven_in("", arguments)
    }

    /// Maven, told what to do in a folder beside the modules.
    pub(crate) fn maven_in(&self, folder: &str, arguments: &[&str]) -> Command {
        let mut command = self.workspace.program(program::mvn());
        command.args(["--batch-mode", "--no-transfer-progress", "--file"]).arg(self.sources(folder)).args(arguments);
        command.env("EVERTOKEN_SANDBOX", Sandbox::for_tests(self.workspace).program());
        command
    }

    /// git, from the root.
    pub(super) fn git(&self, arguments: &[&str]) -> Command {
        let mut command = self.workspace.program("git");
        command.args(arguments);
        command
    }

    /// The program of a module that Maven has compiled.
    pub(crate) fn main(&self, module: &str, class: &str) -> Result<Command> {
        let folder = self.folder().join("maven").join(module);
        let libraries = fs::read_to_string(folder.join("classpath")).with_context(|| format!("{module} is not compiled"))?;
        let separator = if cfg!(windows) { ";" } else { ":" };
        let mut command = self.workspace.program("java");
        command.args(["--enable-native-access=ALL-UNNAMED", "-cp"]);
        command.arg(format!("{}{separator}{libraries}", folder.join("classes").display())).arg(class);
        command.env("EVERTOKEN_SANDBOX", Sandbox::for_tests(self.workspace).program());
        Ok(command)
    }
}

/// Writes a file only if that changes it.
pub(super) fn put(file: &Path, contents: &[u8]) -> Result<()> {
    if fs::read(file).is_ok_and(|there| there == contents) {
        return Ok(());
    }
    fs::create_dir_all(file.parent().context("a file lies in a folder")?)?;
    fs::write(file, contents).with_context(|| file.display().to_string())
}

/// What is generated is nobody's API: its outermost declarations become internal.
fn hidden(source: &str) -> String {
    let declares = |line: &str| {
        let words = line.split(' ').find(|word| !matches!(*word, "data" | "open" | "sealed" | "inline"));
        words.is_some_and(|word| matches!(word, "class" | "object" | "interface" | "fun"))
    };
    let hide = |line: &str| {
        let bare = line.strip_prefix("public ").unwrap_or(line);
        match line.split_once(" fun ") {
            // Those without an object are indented, behind their documentation or what they throw.
            Some((before, rest)) if before.trim() == "*/" || before.trim_start().starts_with("@Throws(") && before.ends_with(')') => {
                format!("{before} internal fun {rest}\n")
            }
            _ if declares(bare) => format!("internal {bare}\n"),
            _ => format!("{line}\n"),
        }
    };
    source.lines().map(hide).collect()
}

/// This machine as JNA calls it.
fn platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    format!("{system}-{}", std::env::consts::ARCH.replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_outermost_is_hidden() {
        let source = "public object A: B<C> {\n    public fun a() = 1\n}\ndata class D (\n)\nopen class E\nprivate fun f() = 1\n\
                      inline fun <T> g() {\n        */ fun `h`(): I {\n    @Throws(J::class) fun `k`() {\n    @Throws(J::class)override fun `l`() {\n@Structure.FieldOrder(\"data\")\ninternal open class J\nimport class.K\n";
        let expected = "internal object A: B<C> {\n    public fun a() = 1\n}\ninternal data class D (\n)\ninternal open class E\nprivate fun f() = 1\n\
                        internal inline fun <T> g() {\n        */ internal fun `h`(): I {\n    @Throws(J::class) internal fun `k`() {\n    @Throws(J::class)override fun `l`() {\n@Structure.FieldOrder(\"data\")\ninternal open class J\n\
                        import class.K\n";
        assert_eq!(hidden(source), expected);
    }
}
