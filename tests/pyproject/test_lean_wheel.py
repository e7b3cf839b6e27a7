"""What of a wheel a server never reads is not installed, and RECORD tells of what is."""

import csv
import os
import shutil
import struct
from pathlib import Path

import pytest

from made_up_wheel import installed, made_up_wheel, record_row

SHARED_OBJECT, RELOCATABLE = 3, 1
SYMBOLS = b"symbols for a debugger" * 40
LOADED = b"what the loader maps"


@pytest.fixture(scope="session")
def strip() -> str:
    """The path of eu-strip."""
    found = os.environ.get("EU_STRIP") or shutil.which("eu-strip")
    if found is None:
        pytest.skip("eu-strip is not on PATH")
    return found


def elf(kind: int = SHARED_OBJECT, machine: int = 62) -> bytes:
    """A file whose one segment is LOADED, followed by a section of SYMBOLS that nothing loads (gABI, chapter 4)."""
    names = b"\0.text\0.debug_info\0.shstrtab\0"
    text = 64 + 56
    symbols = text + len(LOADED)
    strings = symbols + len(SYMBOLS)
    table = -(-(strings + len(names)) // 8) * 8
    sections = [
        (0,) * 10,
        (1, 1, 2, text, text, len(LOADED), 0, 0, 1, 0),
        (7, 1, 0, 0, symbols, len(SYMBOLS), 0, 0, 1, 0),
        (19, 3, 0, 0, strings, len(names), 0, 0, 1, 0),
    ]
    header = struct.pack(
        *("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", kind, machine, 1, 0, 64, table, 0),
        *(64, 56, 1, 64, len(sections), len(sections) - 1),
    )
    segment = struct.pack("<IIQQQQQQ", 1, 4, 0, 0, 0, symbols, symbols, 4096)
    content = (header + segment + LOADED + SYMBOLS + names).ljust(table, b"\0")
    return content + b"".join(struct.pack("<IIQQQQIIQQ", *section) for section in sections)


def packages(tmp_path: Path, files: dict[str, bytes], strip: str | None) -> dict[str, bytes]:
    """What is in site-packages, but for the wheel's metadata, when these files are; RECORD is held to the truth."""
    out = installed(tmp_path / "out", made_up_wheel(tmp_path, "x", files), strip=strip)
    root = out / "lib/python3.9/site-packages"
    found = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    with (root / "x-1.0.dist-info/RECORD").open(newline="") as record:
        rows = [row for row in csv.reader(record) if not row[0].endswith("/RECORD")]
    assert rows == [record_row(row[0], found[row[0]]) for row in rows]
    assert {row[0] for row in rows} == found.keys() - {"x-1.0.dist-info/RECORD"}
    return {path: content for path, content in found.items() if not path.startswith("x-1.0.dist-info/")}


@pytest.mark.parametrize("machine", [62, 183], ids=["x86-64", "aarch64"])
@pytest.mark.parametrize("name", ["x/native.cpython-39-x86_64-linux-gnu.so", "x.libs/libz-5d8e.so.1.2.11"])
def test_libraries_have_no_symbols_for_debuggers(tmp_path: Path, strip: str, name: str, machine: int) -> None:
    library = packages(tmp_path, {name: elf(machine=machine)}, strip)[name]
    assert SYMBOLS not in library and LOADED in library


def test_a_library_that_patchelf_has_changed_is_one(tmp_path: Path, strip: str) -> None:
    library = packages(tmp_path, {"x/native.so": elf() + b"\0"}, strip)["x/native.so"]
    assert SYMBOLS not in library and LOADED in library


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x/program", elf()),
        ("x/object.o", elf(RELOCATABLE)),
        ("x/static.a", b"!<arch>\n"),
        ("x/probe.so", elf(RELOCATABLE)),
        ("x/script.so", b"INPUT(libother.so)\n"),
        ("x/cut.so", elf()[:100]),
        ("x/cut-behind-its-segment.so", elf()[:-100]),
        ("x/header.so", elf()[:40]),
        ("x/with-data-behind-its-end.so", elf() + b"data"),
        ("x/empty.so", b""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_library_is_as_in_the_wheel(tmp_path: Path, strip: str, name: str, content: bytes) -> None:
    assert packages(tmp_path, {name: content}, strip) == {name: content}


@pytest.mark.parametrize("check", ["x/.libz.so.1.hmac", "x/libz.so.1.hmac", "x/libz.chk", "x/libz.so.1.sig"])
def test_a_library_that_checks_itself_is_as_in_the_wheel(tmp_path: Path, strip: str, check: str) -> None:
    files = {"x/libz.so.1": elf(), check: b"of libz"}
    assert packages(tmp_path, files, strip) == files


def test_sources_of_the_modules_of_a_wheel_are_left_out(tmp_path: Path, strip: str) -> None:
    kept = {
        "x/fast.cpython-39-x86_64-linux-gnu.so": b"",
        "x/small.abi3.so": b"",
        "x/fast.pxd": b"",
        "x/fast.pyi": b"",
        "x/fast.py": b"",
        "x/fast.h": b"",
        "x/include/x.h": b"",
        # A compiler on the user's machine takes these.
        "x/template.c": b"",
        "x/other/fast.c": b"",
    }
    files = kept | {"x/fast.c": b"", "x/fast.pyx": b"", "x/small.cpp": b""}
    assert packages(tmp_path, files, strip) == kept


@pytest.mark.parametrize("line", [b'#include "../x/fast.c"', b"#  include <fast.c>", b'include "fast.c"'])
def test_a_source_that_others_include_stays(tmp_path: Path, strip: str, line: bytes) -> None:
    files = {"x/fast.so": b"", "x/fast.c": b"", "x/template.c": b"int x;\n" + line + b"\n"}
    assert packages(tmp_path, files, strip) == files


def test_launchers_for_windows_are_left_out(tmp_path: Path, strip: str) -> None:
    kept = {"x/agent.exe": b"MZ", "x/t64.exe": b"MZ"}
    launchers = ["x/_vendor/distlib/t64.exe", "x/_vendor/distlib/w64-arm.exe", "setuptools/cli-arm64.exe"]
    assert packages(tmp_path, kept | dict.fromkeys(launchers, b"MZ"), strip) == kept


def test_wheels_are_installed_as_they_are_on_request(tmp_path: Path) -> None:
    files = {"x/fast.so": elf(), "x/fast.c": b"", "setuptools/cli.exe": b"MZ"}
    assert packages(tmp_path, files, None) == files
