//! The browsers that the tests drive: Debian's packages, or what is there.

use std::{collections::BTreeSet, path::Path};

use anyhow::Result;

use crate::{
    program,
    stage::Stage,
    step::{Kind, Step},
};

/// An engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Browser {
    /// As the tests call it.
    pub(crate) host: &'static str,
    name: &'static str,
    /// Where the tests look for it.
    programs: &'static [&'static str],
    /// What of Debian brings them.
    packages: &'static [&'static str],
}

const ALL: [Browser; 3] = [
    Browser { host: "chromium", name: "Chromium", programs: &["/usr/bin/chromium"], packages: &["chromium"] },
    Browser { host: "firefox", name: "Firefox", programs: &["/usr/bin/firefox-esr"], packages: &["firefox-esr"] },
    Browser {
        host: "webkit",
        name: "WebKitGTK",
        programs: &["/usr/bin/WebKitWebDriver", "/usr/bin/Xvfb"],
        packages: &["webkit2gtk-driver", "xvfb"],
    },
];

impl Browser {
    /// Installs the missing ones where that can be done without asking anybody, and returns those that are there; the others are skipped.
    pub(crate) fn prepare(stage: &Stage<'_>, later: usize) -> Result<Vec<Self>> {
        let packages: BTreeSet<_> =
            ALL.iter().filter(|browser| !browser.is_there()).flat_map(|browser| browser.packages).copied().collect();
        if !packages.is_empty() && program::may_install() {
            stage.run_before(later, install(stage, packages))?;
        }
        let (there, missing): (Vec<_>, Vec<_>) = ALL.into_iter().partition(Self::is_there);
        for browser in missing {
            stage.skip(browser.name, &format!("there is no {} (Debian: {})", browser.absent().join(", "), browser.packages.join(" ")));
        }
        Ok(there)
    }

    fn is_there(&self) -> bool {
        self.absent().is_empty()
    }

    fn absent(&self) -> Vec<&'static str> {
        self.programs.iter().copied().filter(|program| !Path::new(program).is_file()).collect()
    }
}

fn install(stage: &Stage<'_>, packages: BTreeSet<&str>) -> Vec<Step> {
    let apt = |arguments: &[&str]| {
        let mut command = stage.session.workspace.program("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    let mut install = apt(&["install", "--yes", "--quiet", "--no-install-recommends"]);
    install.args(&packages);
    let names: Vec<_> = packages.into_iter().collect();
    vec![
        Step::new(Kind::SetUp, "apt-get update", apt(&["update", "--quiet"])),
        Step::new(Kind::SetUp, format!("apt-get install {}", names.join(" ")), install),
    ]
}
