"""Every program and library finds the libraries that it names: an exact list of packages has no other guard."""

import posixpath
import re
import struct

import pytest

import elf_needs
from elf_needs import Elf
from image_tree import Image

MACHINES = {"amd64": 62, "arm64": 183}
# The folders that the loader knows by itself come last.
BUILT_IN = ("/lib", "/usr/lib")

# What wheels may assume of a manylinux platform (PEP 600, PEP 599), but for what only programs with windows need:
# libX11, libXext, libXrender, libICE, libSM, libGL, libgobject-2.0, libgthread-2.0, libglib-2.0.
ASSUMED = {
    *("libgcc_s.so.1", "libstdc++.so.6", "libm.so.6", "libdl.so.2", "librt.so.1", "libc.so.6", "libnsl.so.1"),
    *("libutil.so.1", "libpthread.so.0", "libresolv.so.2", "libz.so.1", "libexpat.so.1"),
}


@pytest.fixture(scope="module")
def programs(image: Image) -> dict[str, Elf]:
    """All ELF files by path."""
    found = ((path, elf_needs.parse(image.archive.content(member))) for path, member in image.files.items())
    return {path: elf for path, elf in found if elf is not None}


@pytest.fixture(scope="module")
def folders(image: Image) -> list[str]:
    """Where the loader looks: what ld.so.conf.d names."""
    files = sorted(path for path in image.files if re.fullmatch(r"etc/ld\.so\.conf\.d/[^/]+\.conf", path))
    lines = [line.strip() for path in files for line in image.text(path).splitlines()]
    return [line for line in lines if line.startswith("/")] + [*BUILT_IN]


def library(image: Image, folders: list[str], path: str, elf: Elf, name: str) -> str | None:
    """The file that the loader takes for the library `name` of the file `path`."""
    beside = f"/{posixpath.dirname(path)}"
    own = [re.sub(r"\$(ORIGIN|{ORIGIN})", beside, folder) for folder in elf.search]
    # systemd's libraries are loaded by programs of its own alone, which have these folders among theirs.
    private = [beside] if beside.endswith("/systemd") else []
    found = (image.resolve(f"{folder}/{name}".lstrip("/")) for folder in [*own, *folders, *private])
    return next((path for path in found if path is not None), None)


def test_there_are_programs_for_the_architecture_alone(image: Image, programs: dict[str, Elf]) -> None:
    shell = "usr/bin/busybox" if image.variant == "minimal" else "usr/bin/dash"
    assert {f"usr/bin/python{image.minor}", shell} <= programs.keys()
    # Object files, which no loader reads, too. Both processors are little-endian.
    heads = {path: bytes(image.archive.content(member)[:20]) for path, member in image.files.items()}
    machines = {path: struct.unpack("<H", head[18:])[0] for path, head in heads.items() if head.startswith(b"\x7fELF")}
    expected = MACHINES[image.config["architecture"]]
    assert programs.keys() <= machines.keys()
    assert [path for path, machine in machines.items() if machine != expected] == []


def test_the_loader_is_there(image: Image, programs: dict[str, Elf]) -> None:
    loaders = {elf.interpreter for elf in programs.values() if elf.interpreter}
    assert loaders and all(image.resolve(loader.lstrip("/")) in programs for loader in loaders)


def test_every_library_is_found(image: Image, programs: dict[str, Elf], folders: list[str]) -> None:
    missing = [
        f"{path}: {name}"
        for path, elf in programs.items()
        for name in elf.needed
        if library(image, folders, path, elf, name) not in programs
    ]
    assert missing == []


def test_every_library_has_the_versions_asked_for(image: Image, programs: dict[str, Elf], folders: list[str]) -> None:
    """Such as GLIBC_2.34, which a wheel for newer systems wants of Debian 11's libc."""
    missing = []
    for path, elf in programs.items():
        for name, version in elf.versions:
            found = library(image, folders, path, elf, name)
            if found in programs and version not in programs[found].defined:
                missing.append(f"{path}: {name}: {version}")
    assert missing == []


def test_libraries_that_wheels_assume_are_there(image: Image, programs: dict[str, Elf], folders: list[str]) -> None:
    assert [name for name in ASSUMED if library(image, folders, "", Elf(0), name) not in programs] == []
