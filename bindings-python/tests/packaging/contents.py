"""Looks into packages, `python contents.py FILE..`: what belongs in is there, and nothing else."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "bindings-python" / "python" / "evertoken"
BUDGET = 7 * (1 << 20) // 4
"""What a wheel of one architecture may take when it is installed."""


def main(files: list[Path]) -> int:
    """Prints what is wrong with each."""
    failed = 0
    for file in files:
        wrong = list(of_wheel(file) if file.suffix == ".whl" else of_sources(file))
        failed += bool(wrong)
        print(f"{file.name}: {'; '.join(wrong) or 'good'}")
    print(f"{len(files) - failed} passed, {failed} failed")
    return min(failed, 1)


def of_wheel(file: Path) -> Iterator[str]:
    """Yields what is wrong with a wheel."""
    with zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
        data = {name: archive.read(name) for name in names}
    package, version = file.name.split("-")[:2]
    information = f"{package}-{version}.dist-info"
    native = {name for name in names if name.endswith((".so", ".pyd"))}
    wanted = {f"evertoken/{path.relative_to(PACKAGE).as_posix()}" for path in sources()}
    wanted |= {
        f"{information}/{name}"
        for name in ("METADATA", "RECORD", "WHEEL", "licenses/LICENSE-APACHE", "licenses/LICENSE-MIT")
    }
    if len(native) != 1:
        yield f"native modules: {sorted(native)}"
    if missing := wanted - names:
        yield f"missing: {sorted(missing)}"
    if foreign := names - wanted - native:
        yield f"does not belong in: {sorted(foreign)}"
    places = [str(ROOT), str(Path.home()), "/.cargo/", "/rustc-src/"]
    for name in names:
        if shown := [place for place in places if place.encode() in data[name]]:
            yield f"{name} shows {shown}"
    size = sum(map(len, data.values()))
    if "universal2" not in file.name and size > BUDGET:
        yield f"{size} bytes installed, the budget is {BUDGET}"
    if "manylinux_" in file.name:
        yield from of_manylinux(file)
    elif "musllinux_" in file.name:
        yield from of_musllinux(next(data[name] for name in native))


def of_manylinux(file: Path) -> Iterator[str]:
    """Yields what auditwheel finds wrong."""
    shown = subprocess.run(
        [sys.executable, "-m", "auditwheel", "show", file], capture_output=True, text=True, check=False
    )
    tag = file.stem.split("-")[-1].split(".")[-1]
    said = " ".join(shown.stdout.split())
    if f'consistent with the following platform tag: "{tag}"' not in said:
        yield f"auditwheel: {said or shown.stderr.strip()}"


def of_musllinux(native: bytes) -> Iterator[str]:
    """Yields the libraries that are not everywhere; auditwheel looks at musl only where musl is."""
    from elftools.elf.elffile import ELFFile

    dynamic = ELFFile(io.BytesIO(native)).get_section_by_name(".dynamic")
    needed = {tag.needed for tag in dynamic.iter_tags() if tag.entry.d_tag == "DT_NEEDED"}
    if foreign := needed - {"libc.so"}:
        yield f"needs {sorted(foreign)}"


def of_sources(file: Path) -> Iterator[str]:
    """Yields what is wrong with the sources."""
    with tarfile.open(file) as archive:
        names = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    wanted = {"Cargo.lock", "PKG-INFO", "pyproject.toml", "bindings-python/Cargo.toml", "core/Cargo.toml"}
    wanted |= {f"python/evertoken/{path.relative_to(PACKAGE).as_posix()}" for path in sources()}
    if missing := wanted - names:
        yield f"missing: {sorted(missing)}"
    if foreign := {name for name in names if name.endswith((".so", ".pyd", ".pyc")) or name.startswith("target/")}:
        yield f"does not belong in: {sorted(foreign)}"


def sources() -> Iterator[Path]:
    """Yields what the source tree has of the package."""
    kinds = {".py", ".pyi", ".typed", ""}
    for path in PACKAGE.rglob("*"):
        if path.is_file() and path.suffix in kinds and "__pycache__" not in path.parts:
            yield path


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]]))
