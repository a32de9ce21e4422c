//! The native libraries that are published, each for a platform.

use std::path::PathBuf;

use crate::{
    python::Venv,
    step::{Kind, Step},
    toolchain::{self, MINGW},
    workspace::Workspace,
};

/// A platform, and how this machine builds for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Native {
    pub(crate) name: &'static str,
    /// As cargo calls it.
    pub(crate) triple: &'static str,
    /// As JNA calls it.
    pub(crate) folder: &'static str,
    pub(crate) file: &'static str,
    /// The oldest C library that it works with, as cargo-zigbuild is told.
    oldest: &'static str,
}

/// All that the jar brings. Nothing is linked against a made-up system: those for Android come from its NDK.
pub(crate) const NATIVES: [Native; 5] = [
    linux("Linux x86_64, glibc 2.17", "x86_64-unknown-linux-gnu", "linux-x86-64"),
    linux("Linux aarch64, glibc 2.17", "aarch64-unknown-linux-gnu", "linux-aarch64"),
    macos("macOS x86_64", "x86_64-apple-darwin", "darwin-x86-64"),
    macos("macOS aarch64", "aarch64-apple-darwin", "darwin-aarch64"),
    Native { name: "Windows x86_64", triple: "x86_64-pc-windows-gnu", folder: "win32-x86-64", file: "evertoken_uniffi.dll", oldest: "" },
];

const fn linux(name: &'static str, triple: &'static str, folder: &'static str) -> Native {
    Native { name, triple, folder, file: "libevertoken_uniffi.so", oldest: ".2.17" }
}

const fn macos(name: &'static str, triple: &'static str, folder: &'static str) -> Native {
    Native { name, triple, folder, file: "libevertoken_uniffi.dylib", oldest: "" }
}

impl Native {
    /// Builds it, with the zig of that environment or Debian's MinGW.
    pub(crate) fn build(&self, workspace: &Workspace, zig: &Venv) -> Step {
        let windows = self.triple.contains("windows");
        let mut command = workspace.cargo(if windows { "build" } else { "zigbuild" });
        command.args(["-p", "evertoken-uniffi", "--lib", "--profile", "wheel", "--target"]).arg(format!("{}{}", self.triple, self.oldest));
        command.env("PATH", zig.first_on_path()).env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", MINGW);
        // Separated so that a folder's name may hold a space.
        command.env("CARGO_ENCODED_RUSTFLAGS", toolchain::without_paths(workspace).join("\u{1f}"));
        Step::new(Kind::Check, format!("the library for {}", self.name), command)
    }

    /// Where its build leaves it.
    pub(crate) fn built(&self, workspace: &Workspace) -> PathBuf {
        workspace.target.join(self.triple).join("wheel").join(self.file)
    }
}
