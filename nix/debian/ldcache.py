"""/etc/ld.so.cache as the image's ldconfig(8) writes it.

The format is glibc-ld.so.cache1.1 (glibc's sysdeps/generic/dl-cache.h).
"""

import posixpath
import re
import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import alternatives
import usrmerge
from elf import SharedObject
from system import System, Target
from tree import Entry, directory

CONFIGURED = "etc/ld.so.conf.d/*.conf"
SOURCES = (CONFIGURED,)
# ldconfig looks there last, whatever is configured.
BUILTIN = ("/lib", "/usr/lib")

# A line of the configuration that names a directory.
FOLDER = re.compile(r"/[^\x00-\x1f\x7f]+")
MAGIC = b"glibc-ld.so.cache1.1"
HEADER = struct.Struct("<20sIIB3xI12x")
ENTRY = struct.Struct("<IIIIQ")
LITTLE_ENDIAN = 2
# A longer chain of symlinks is taken for a circle.
MAX_LINKS = 8
EXTENSION_MAGIC = 0xEAA42174
EXTENSION = struct.Struct("<IIIIII")
GENERATOR = 0

# ELF machine → "ELF library of libc6" and the flag of the architecture.
FLAGS = {62: 0x0303, 183: 0x0A03}


class Library(NamedTuple):
    """An entry of the cache: the name that programs ask for, the file, and what ld.so checks before it takes that."""

    name: str
    path: str
    flags: int
    kernel: int


def compose(system: System, target: Target) -> Iterator[Entry]:
    """The cache, and the directory of ldconfig's own cache."""
    libc = system.packages.get("libc6")
    if libc is None:
        return
    system = replace(system, library_links=alternatives.links(system) | system.library_links)
    files = _files(system)
    libraries = [library for folder in _directories(system) for library in _libraries(folder, files, system)]
    libraries.sort(key=lambda library: (_order(library.name), library.flags), reverse=True)
    version = libc.fields["Version"]
    upstream = re.match(r"(\d{1,9})\.(\d{1,9})\b", version)
    if upstream is None:
        raise ValueError(f"libc6: {version} is no version of glibc, such as 2.36-9; leave the package out")
    is_old = (int(upstream[1]), int(upstream[2])) < (2, 33)
    yield Entry("etc/ld.so.cache", data=_render(libraries) if is_old else _render_shared(libraries, version))
    yield directory("var/cache/ldconfig", 0o700)


def _directories(system: System) -> list[str]:
    """The directories that the configuration names. Of two names of one directory (merged /usr), the first counts."""
    configured = [path for path in sorted(system.sources) if path.startswith("etc/ld.so.conf.d/")]
    lines = [line.partition("#")[0].strip() for path in configured for line in system.source(path).splitlines()]
    named: dict[str, str] = {}
    for folder in (*filter(FOLDER.fullmatch, lines), *BUILTIN):
        named.setdefault(usrmerge.resolve(f"{folder[1:]}/"), folder)
    return list(named.values())


def _files(system: System) -> dict[str, list[str]]:
    """Directory with a slash at its end → the paths in it that may be libraries, sorted."""
    files: dict[str, list[str]] = {}
    for path in sorted(system.shared_objects.keys() | system.library_links.keys()):
        files.setdefault(path[: path.rfind("/") + 1], []).append(path)
    return files


def _libraries(folder: str, files: dict[str, list[str]], system: System) -> Iterator[Library]:
    """The entries of one directory: the soname of each library, and those symlinks that have a name of their own."""
    real = usrmerge.resolve(f"{folder[1:]}/")
    # Name → whether the entry is of a symlink, and the entry.
    found: dict[str, tuple[bool, Library]] = {}
    for path in files.get(real, []):
        library = _follow(path, system)
        if library is None or library.machine not in FLAGS:
            continue
        name, soname = path[len(real) :], library.soname
        # A link has an entry if its name is the soname, or the name that the linker looks for (libz.so for libz.so.1).
        is_link = path in system.library_links and (
            name == soname or (name.endswith(".so") and soname.startswith(name))
        )
        name = name if is_link else soname or name
        # A library goes before a link of the same name.
        if name not in found or (found[name][0] and not is_link):
            found[name] = (is_link, Library(name, f"{folder}/{name}", FLAGS[library.machine], library.kernel))
    return (library for _, library in found.values())


def _follow(path: str, system: System) -> SharedObject | None:
    """The library at a path, if need be behind symlinks."""
    for _ in range(MAX_LINKS):
        if path not in system.library_links:
            return system.shared_objects.get(path)
        target = posixpath.join("/", posixpath.dirname(path), system.library_links[path])
        path = usrmerge.resolve(posixpath.normpath(target)[1:])
    return None


def _order(name: str) -> list[tuple[int, int]]:
    """The sort key of ld.so's binary search: numbers compare by value, and come after other characters."""
    parts = re.findall(r"\d+|\D", name)
    return [(1, int(part)) if part.isdigit() else (0, ord(part)) for part in parts]


def _render(libraries: list[Library]) -> bytes:
    """The cache of glibc before 2.33: a table of strings holds the name and path of each entry, one after the other."""
    offset = HEADER.size + ENTRY.size * len(libraries)
    entries = []
    strings = bytearray()
    for library in libraries:
        key = offset + len(strings)
        strings += library.name.encode() + b"\0"
        entries.append(ENTRY.pack(library.flags, key, offset + len(strings), library.kernel, 0))
        strings += library.path.encode() + b"\0"
    header = HEADER.pack(MAGIC, len(libraries), len(strings), LITTLE_ENDIAN, 0)
    return header + b"".join(entries) + strings


def _render_shared(libraries: list[Library], version: str) -> bytes:
    """The cache since glibc 2.33: a string shares the bytes of one that ends with it; an extension names ldconfig."""
    start = HEADER.size + ENTRY.size * len(libraries)
    # Sorted by their ends, so that a string follows the longer one that ends with it.
    strings = sorted(
        {text.encode() for library in libraries for text in library[:2]}, key=lambda text: text[::-1], reverse=True
    )
    table = bytearray()
    offsets: dict[bytes, int] = {}
    for text in strings:
        if not table.endswith(text + b"\0"):
            table += text + b"\0"
        offsets[text] = start + len(table) - 1 - len(text)
    entries = [
        ENTRY.pack(library.flags, offsets[library.name.encode()], offsets[library.path.encode()], 0, 0)
        for library in libraries
    ]
    end = start + len(table)
    padding = -end % 4
    upstream = version.partition("-")[0]
    generator = f"ldconfig (Debian GLIBC {version}) stable release version {upstream}".encode()
    extension = end + padding
    header = HEADER.pack(MAGIC, len(libraries), len(table), LITTLE_ENDIAN, extension)
    sections = EXTENSION.pack(EXTENSION_MAGIC, 1, GENERATOR, 0, extension + EXTENSION.size, len(generator))
    return header + b"".join(entries) + table + bytes(padding) + sections + generator
