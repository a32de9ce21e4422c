//! The Swift in the documents: a program for each page, which has to compile and to print what the page says.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::{
    step::{Kind, Step},
    swift::Package,
    workspace::Workspace,
};

/// Hosts that a program finds on this machine instead.
const HOSTS: [&str; 5] = ["acme.piwik.pro", "shop.example.com", "login.example.com", "api.example.com", "app.example.com"];

/// On Apple's platforms `Foundation` has it all.
const PRELUDE: &str = "#if canImport(FoundationNetworking)\nimport FoundationNetworking\n#endif\n";

/// A package under the target folder that is made of the pages.
pub(crate) struct Pages {
    folder: PathBuf,
}

/// A piece of a page between fences.
#[derive(Debug, PartialEq, Eq)]
struct Block<'a> {
    /// What the fence says: `swift` belongs to the page's program, `swift test` to a test target; `swift apple` (its frameworks are needed)
    /// and `swift elsewhere` (so are other packages) are only parsed; `text` is what the program prints.
    info: &'a str,
    /// The number of its first line.
    line: usize,
    text: String,
}

impl Pages {
    /// A package of all pages, written anew.
    pub(crate) fn write(workspace: &Workspace) -> Result<Self> {
        let documents = files(&workspace.path("docs/swift")).into_iter().filter(|file| file.extension().is_some_and(|it| it == "md"));
        let pages: Vec<_> = [workspace.path("README.md")].into_iter().chain(documents).collect();
        Self::of(workspace, &workspace.target.join("swift").join("documents"), &workspace.root, &pages)
    }

    /// A package of the README alone, written anew, that uses an unpacked `evertoken`.
    pub(crate) fn of_readme(workspace: &Workspace, folder: &Path, evertoken: &Path) -> Result<Self> {
        Self::of(workspace, folder, evertoken, &[evertoken.join("README.md")])
    }

    fn of(workspace: &Workspace, folder: &Path, evertoken: &Path, pages: &[PathBuf]) -> Result<Self> {
        let folder = folder.to_path_buf();
        if folder.is_dir() {
            fs::remove_dir_all(&folder)?;
        }
        let mut names = Vec::new();
        for page in pages {
            let name = page.file_stem().context("a page has a name")?.to_string_lossy().to_lowercase();
            let text = fs::read_to_string(page).with_context(|| page.display().to_string())?;
            let blocks = blocks(&text);
            for (info, file) in [
                ("swift", format!("Sources/page-{name}/main.swift")),
                ("swift test", format!("Tests/PagesTests/{name}.swift")),
                ("swift apple", format!("Parsed/{name}-apple.swift")),
                ("swift elsewhere", format!("Parsed/{name}-elsewhere.swift")),
            ] {
                if let Some(source) = source(page, &blocks, info) {
                    put(&folder.join(file), &source)?;
                }
            }
            if blocks.iter().any(|block| block.info == "swift") {
                put(&folder.join(format!("Tests/PagesTests/said/{name}.txt")), &said(&blocks))?;
                names.push(name);
            }
        }
        put(&folder.join("Package.swift"), &manifest(evertoken, &names))?;
        for (from, to) in [
            ("bindings-uniffi/swift/documents/Hosts.swift", "Sources/Hosts/Hosts.swift"),
            ("bindings-uniffi/swift/documents/PagesTests.swift", "Tests/PagesTests/PagesTests.swift"),
            ("examples/swift/Tests/ExamplesTests/Stage.swift", "Tests/PagesTests/Stage.swift"),
        ] {
            put(&folder.join(to), &fs::read_to_string(workspace.path(from)).with_context(|| from.to_owned())?)?;
        }
        Ok(Self { folder })
    }

    /// Where the package is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Compiles and runs them.
    pub(crate) fn steps(&self, package: &Package<'_>) -> Vec<Step> {
        let parse = |file: &PathBuf| {
            let mut command = package.program("swiftc");
            command.args(["-frontend", "-parse", "-swift-version", "6"]).arg(file);
            Step::new(Kind::Check, format!("{} parses", file.file_name().unwrap_or_default().display()), command)
        };
        let programs = Step::new(Kind::Tests, "the documents' programs", package.swift("test", &self.folder));
        [programs].into_iter().chain(files(&self.folder.join("Parsed")).iter().map(parse)).collect()
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path()).collect();
    files.sort();
    files
}

fn put(file: &Path, text: &str) -> Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, text).with_context(|| file.display().to_string())
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut open = false;
    for (number, line) in (1..).zip(page.lines()) {
        match (line.strip_prefix("```"), blocks.last_mut()) {
            (Some(_), _) if open => open = false,
            (Some(info), _) => {
                open = true;
                blocks.push(Block { info, line: number + 1, text: String::new() });
            }
            (None, Some(block)) if open => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            _ => {}
        }
    }
    blocks
}

/// The blocks of one kind as one file; the compiler's complaints name the page.
fn source(page: &Path, blocks: &[Block<'_>], info: &str) -> Option<String> {
    let mut blocks = blocks.iter().filter(|block| block.info == info).peekable();
    blocks.peek()?;
    let is_program = info == "swift";
    let mut source = format!("{PRELUDE}{}", if is_program { "import Hosts\n" } else { "" });
    for block in blocks {
        // Writing to a String cannot fail.
        let _ = writeln!(source, "#sourceLocation(file: \"{}\", line: {})", page.display(), block.line);
        source.push_str(&if is_program { on_this_machine(&block.text) } else { block.text.clone() });
    }
    Some(source)
}

/// What the page says that its program prints: the texts right after its pieces.
fn said(blocks: &[Block<'_>]) -> String {
    let is_said = |block: &Block<'_>, next: &Block<'_>| {
        block.info == "swift" && next.info == "text" && next.line == block.line + block.text.lines().count() + 3
    };
    blocks.windows(2).filter(|pair| is_said(&pair[0], &pair[1])).map(|pair| pair[1].text.as_str()).collect()
}

/// Texts that name a known host are looked up when the program runs.
fn on_this_machine(source: &str) -> String {
    let mut pieces = source.split('"');
    let mut found = pieces.next().unwrap_or_default().to_owned();
    let mut inside = true;
    for piece in pieces {
        if inside && HOSTS.iter().any(|host| piece.contains(host)) {
            let _ = write!(found, "Hosts.find(\"{piece}\")\u{0}");
        } else if found.ends_with('\u{0}') {
            found.pop();
            found.push_str(piece);
        } else {
            let _ = write!(found, "\"{piece}");
        }
        inside = !inside;
    }
    found
}

fn manifest(evertoken: &Path, names: &[String]) -> String {
    format!(
        r#"// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "documents",
    platforms: [.macOS(.v13)],
    dependencies: [.package(name: "evertoken", path: "{}")],
    targets: [
        .target(name: "Hosts"),
        .testTarget(
            name: "PagesTests",
            dependencies: [.product(name: "Evertoken", package: "evertoken")],
            resources: [.copy("said")]
        ),
    ] + {names:?}.map {{
        .executableTarget(name: "page-\($0)", dependencies: ["Hosts", .product(name: "Evertoken", package: "evertoken")])
    }}
)
"#,
        evertoken.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_blocks_of_a_page_are_found_with_their_lines() {
        let page = "# A page\n\n```swift\nlet a = 1\nprint(a)\n```\n\n```text\n1\n```\n\n```swift\nb()\n```\n\nIt fails:\n\n```text\nno program's\n```\n";
        let blocks = blocks(page);
        assert_eq!(
            blocks.iter().map(|block| (block.info, block.line)).collect::<Vec<_>>(),
            [("swift", 4), ("text", 9), ("swift", 13), ("text", 19)]
        );
        assert_eq!(blocks[0].text, "let a = 1\nprint(a)\n");
        assert_eq!(said(&blocks), "1\n");
        assert_eq!(source(Path::new("a.md"), &blocks, "swift apple"), None);
    }

    #[test]
    fn a_text_with_a_known_host_is_looked_up_and_no_other() {
        let source = r#"piwikPro(account: "acme.piwik.pro", x: "a", y: [URL(string: "https://api.example.com/api")!, "b"])"#;
        let found =
            r#"piwikPro(account: Hosts.find("acme.piwik.pro"), x: "a", y: [URL(string: Hosts.find("https://api.example.com/api"))!, "b"])"#;
        assert_eq!(on_this_machine(source), found);
    }
}
