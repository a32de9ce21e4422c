//! The wheels: a platform and an ABI each.

use std::{ffi::OsString, fs, path::Path};

/// A platform, and how this machine builds for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Platform {
    pub(super) name: &'static str,
    /// As cargo calls it, one for each half of a universal binary.
    pub(super) triples: &'static [&'static str],
    /// As maturin calls it.
    target: &'static str,
    compatibility: Option<&'static str>,
    pub(super) linker: Linker,
    /// What the file's name holds.
    tag: &'static str,
}

/// What links for a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Linker {
    /// From PyPI; brings the C libraries of the platforms along.
    Zig,
    /// Debian's; zig does not find the module's init symbol.
    MinGw,
}

/// What of CPython a wheel is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Abi {
    /// CPython 3.10 and newer, with the GIL.
    Stable,
    /// CPython 3.14, free-threaded: the last that wants a wheel of its own.
    FreeThreaded314,
    /// CPython 3.15 and newer, with and without the GIL.
    StableFreeThreaded,
}

/// One file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wheel {
    pub(super) platform: Platform,
    pub(super) abi: Abi,
}

const PLATFORMS: [Platform; 6] = [
    zig("Linux x86_64", &["x86_64-unknown-linux-gnu"], Some("manylinux2014"), "manylinux_2_17_x86_64"),
    zig("Linux aarch64", &["aarch64-unknown-linux-gnu"], Some("manylinux2014"), "manylinux_2_17_aarch64"),
    zig("Linux x86_64, musl", &["x86_64-unknown-linux-musl"], Some("musllinux_1_2"), "musllinux_1_2_x86_64"),
    zig("Linux aarch64, musl", &["aarch64-unknown-linux-musl"], Some("musllinux_1_2"), "musllinux_1_2_aarch64"),
    Platform {
        target: "universal2-apple-darwin",
        ..zig("macOS universal2", &["x86_64-apple-darwin", "aarch64-apple-darwin"], None, "universal2")
    },
    Platform { linker: Linker::MinGw, ..zig("Windows x86_64", &["x86_64-pc-windows-gnu"], None, "win_amd64") },
];

const fn zig(name: &'static str, triples: &'static [&'static str], compatibility: Option<&'static str>, tag: &'static str) -> Platform {
    Platform { name, triples, target: triples[0], compatibility, linker: Linker::Zig, tag }
}

impl Abi {
    pub(super) const ALL: [Self; 3] = [Self::Stable, Self::FreeThreaded314, Self::StableFreeThreaded];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Stable => "3.10+",
            Self::FreeThreaded314 => "3.14t",
            Self::StableFreeThreaded => "3.15+, 3.15t+",
        }
    }

    /// The one that pip takes on a Python of this version, such as `3.14.1t`.
    pub(super) fn of(version: &str) -> Self {
        let minor: u32 = version.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or(0);
        match (minor, version.ends_with('t')) {
            (15.., _) => Self::StableFreeThreaded,
            (_, true) => Self::FreeThreaded314,
            (_, false) => Self::Stable,
        }
    }

    fn tag(self) -> &'static str {
        match self {
            Self::Stable => "cp310-abi3",
            Self::FreeThreaded314 => "cp314-cp314t",
            Self::StableFreeThreaded => "cp315-abi3.abi3t",
        }
    }

    /// The interpreter is only named: maturin knows what it needs of one that is not here.
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Stable => &[],
            Self::FreeThreaded314 => &["--interpreter", "python3.14t", "--no-default-features"],
            Self::StableFreeThreaded => &["--interpreter", "python3.15t", "--no-default-features", "--features", "abi3t"],
        }
    }
}

impl Wheel {
    /// All of them.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        Abi::ALL.into_iter().flat_map(|abi| PLATFORMS.map(|platform| Self { platform, abi }))
    }

    /// What maturin is told.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let platform = &self.platform;
        let mut arguments = vec!["--target", platform.target];
        arguments.extend((platform.linker == Linker::Zig).then_some("--zig"));
        arguments.extend(platform.compatibility.into_iter().flat_map(|tag| ["--compatibility", tag]));
        arguments.extend(self.abi.arguments());
        arguments.into_iter().map(OsString::from).collect()
    }

    /// Its name in a folder, if it is there.
    pub(super) fn file(&self, folder: &Path) -> Option<String> {
        let names = fs::read_dir(folder).ok()?.flatten().map(|file| file.file_name().to_string_lossy().into_owned());
        names.into_iter().find(|name| self.is_named(name))
    }

    fn is_named(&self, name: &str) -> bool {
        let name = name.strip_suffix(".whl").unwrap_or_default();
        name.contains(&format!("-{}-", self.abi.tag())) && name.split(['-', '.']).any(|part| part.ends_with(self.platform.tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wheel_knows_its_file_by_name() {
        let names = [
            "evertoken-0.1.0-cp310-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
            "evertoken-0.1.0-cp310-abi3-musllinux_1_2_x86_64.whl",
            "evertoken-0.1.0-cp314-cp314t-macosx_10_12_universal2.macosx_10_12_x86_64.macosx_11_0_arm64.whl",
            "evertoken-0.1.0-cp315-abi3.abi3t-win_amd64.whl",
        ];
        let known = |name: &str| {
            let known: Vec<_> = Wheel::all().filter(|wheel| wheel.is_named(name)).collect();
            known.iter().map(|wheel| (wheel.platform.name, wheel.abi)).collect::<Vec<_>>()
        };
        assert_eq!(known(names[0]), [("Linux x86_64", Abi::Stable)]);
        assert_eq!(known(names[1]), [("Linux x86_64, musl", Abi::Stable)]);
        assert_eq!(known(names[2]), [("macOS universal2", Abi::FreeThreaded314)]);
        assert_eq!(known(names[3]), [("Windows x86_64", Abi::StableFreeThreaded)]);
        assert_eq!(known("evertoken-0.1.0.tar.gz"), []);
    }

    #[test]
    fn each_python_has_its_wheel() {
        let versions = ["3.10.13", "3.14.2", "3.14.2t", "3.15.0", "3.16.1t"];
        let abis = [Abi::Stable, Abi::Stable, Abi::FreeThreaded314, Abi::StableFreeThreaded, Abi::StableFreeThreaded];
        assert_eq!(versions.map(Abi::of), abis);
    }
}
