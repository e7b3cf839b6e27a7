"""Files that several wheels have: which is there in the end, what RECORD says of it, and what the user is told."""

import base64
import csv
import hashlib
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from made_up_wheel import installed, made_up_wheel

MakeWheel = Callable[..., dict[str, str]]

SITE_PACKAGES = "lib/python3.9/site-packages"


@pytest.fixture
def make_wheel(tmp_path: Path) -> MakeWheel:
    """make_wheel("name", {"file": b"content"}, …) -> as made_up_wheel."""
    return partial(made_up_wheel, tmp_path)


def records(out: Path) -> dict[str, dict[str, tuple[str, str]]]:
    """Of each distribution, the hash and size that RECORD states of each file."""
    site_packages = out / SITE_PACKAGES
    found = {}
    for record in site_packages.glob("*.dist-info/RECORD"):
        with record.open(newline="") as file:
            rows = list(csv.reader(file))
        named = {str((site_packages / row[0]).resolve().relative_to(out.resolve())): (row[1], row[2]) for row in rows}
        assert len(named) == len(rows)
        found[record.parent.name.partition("-")[0]] = named
    return found


def assert_records_are_true(out: Path) -> None:
    there = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert there == {file for rows in records(out).values() for file in rows}
    for rows in records(out).values():
        for file, (digest, size) in rows.items():
            if not file.endswith("/RECORD"):
                content = (out / file).read_bytes()
                sha256 = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
                assert (digest, size) == (f"sha256={sha256}", str(len(content))), file


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("space/__init__.py", f"{SITE_PACKAGES}/space/__init__.py"),
        ("{}-1.0.data/purelib/space.py", f"{SITE_PACKAGES}/space.py"),
        ("{}-1.0.data/platlib/space.so", f"{SITE_PACKAGES}/space.so"),
        ("{}-1.0.data/data/share/space.txt", "share/space.txt"),
        ("{}-1.0.data/scripts/space", "bin/space"),
    ],
)
def test_the_last_one_is_there(
    make_wheel: MakeWheel, tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, place: str
) -> None:
    a, b, c = (
        make_wheel(name, {file.format(name): content}) for name, content in (("a", b"1"), ("b", b"1"), ("c", b"twice"))
    )
    same = installed(tmp_path / "same", a, b)
    assert (same / place).read_bytes() == b"1"
    assert capsys.readouterr().err == ""
    assert_records_are_true(same)

    other = installed(tmp_path / "other", a, b, c)
    assert (other / place).read_bytes() == b"twice"
    assert all(place in rows for rows in records(other).values())
    assert_records_are_true(other)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"pyproject: warning: {c['filename']} replaces {place} of {b['filename']}, ")

    turned = installed(tmp_path / "turned", c, a, b)
    assert (turned / place).read_bytes() == b"1"
    assert_records_are_true(turned)


def test_a_line_names_both_wheels_and_a_few_files(
    make_wheel: MakeWheel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"space/{name}.py" for name in "abcdefg"]
    a = make_wheel("a", dict.fromkeys(names, b"a"))
    b = make_wheel("b", {**dict.fromkeys(names, b"b"), "space/\x9b.py": b""})
    c = make_wheel("c", {"space/a.py": b"c", "space/\x9b.py": b"c"})
    assert_records_are_true(installed(tmp_path / "out", a, b, c))
    first, second = capsys.readouterr().err.splitlines()
    assert f"{b['filename']} replaces {SITE_PACKAGES}/space/a.py, " in first
    assert f" and 3 more of {a['filename']}, " in first
    assert f"{c['filename']} replaces " in second and f" of {b['filename']}, " in second
    assert (first + second).isprintable()


def test_scripts_of_one_name(make_wheel: MakeWheel, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = (
        make_wheel(
            name, {f"{name}-1.0.dist-info/entry_points.txt": f"[console_scripts]\ntool = {name}:main\n".encode()}
        )
        for name in "ab"
    )
    out = installed(tmp_path / "out", a, b)
    assert "from b import main" in (out / "bin/tool").read_text()
    assert (out / "bin/tool").stat().st_mode & 0o777 == 0o755
    assert_records_are_true(out)
    assert f"replaces bin/tool of {a['filename']}" in capsys.readouterr().err


def test_a_file_that_different_schemes_lead_to(make_wheel: MakeWheel, tmp_path: Path) -> None:
    a = make_wheel("a", {"a-1.0.data/platlib/x.py": b"1", "a-1.0.data/purelib/x.py": b"1", "x.py": b"1"})
    b = make_wheel("b", {f"b-1.0.data/data/{SITE_PACKAGES}/x.py": b"2"})
    for wheels, content in (((a, b), b"2"), ((b, a), b"1")):
        out = installed(tmp_path / f"out{content.decode()}", *wheels)
        assert (out / SITE_PACKAGES / "x.py").read_bytes() == content
        assert_records_are_true(out)


def test_the_mode_is_that_of_the_last(make_wheel: MakeWheel, tmp_path: Path) -> None:
    a = make_wheel("a", {"x.sh": b"1"}, executable="x.sh")
    b = make_wheel("b", {"x.sh": b"2"})
    assert not (installed(tmp_path / "out", a, b) / SITE_PACKAGES / "x.sh").stat().st_mode & 0o111


def test_names_that_differ_in_case_are_two_files(
    make_wheel: MakeWheel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = installed(tmp_path / "out", make_wheel("a", {"Space.py": b"1"}), make_wheel("b", {"space.py": b"2"}))
    assert [(out / SITE_PACKAGES / name).read_bytes() for name in ("Space.py", "space.py")] == [b"1", b"2"]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("files", [("x", "x/a.py"), ("x/a.py", "x"), ("x/y/z", "x/y")])
def test_a_file_is_no_folder(make_wheel: MakeWheel, tmp_path: Path, files: tuple[str, str]) -> None:
    a, b = (make_wheel(name, {file: b""}) for name, file in zip("ab", files, strict=True))
    with pytest.raises(ValueError) as caught:
        installed(tmp_path / "out", a, b)
    line = str(caught.value)
    assert line.startswith(f"{b['filename']}: {files[1]} is already there, since ")
    assert a["filename"] in line and "; drop one of the two" in line and line.isprintable()
    assert not (tmp_path / "out").exists()


def test_what_describes_a_wheel_is_its_own(make_wheel: MakeWheel, tmp_path: Path) -> None:
    a = make_wheel("a", {})
    for number, file in enumerate(("METADATA", "RECORD")):
        b = make_wheel("b", {f"b-1.0.data/purelib/a-1.0.dist-info/{file}": b""})
        for wheels in ((a, b), (b, a)):
            with pytest.raises(ValueError) as caught:
                installed(tmp_path / f"out{number}", *wheels)
            assert f"{file} is already there from " in str(caught.value)


def test_two_versions_of_one_project(make_wheel: MakeWheel, tmp_path: Path) -> None:
    with pytest.raises(ValueError) as caught:
        installed(tmp_path / "out", make_wheel("a", {"x.py": b""}), make_wheel("a", {"y.py": b""}, version="2.0"))
    assert "a-2.0-py3-none-any.whl: a 1.0 is already there; drop one of the two" in str(caught.value)


def test_a_wheel_that_was_made_of_what_was_installed(make_wheel: MakeWheel, tmp_path: Path) -> None:
    out = installed(tmp_path / "out", make_wheel("a", {"a-1.0.dist-info/INSTALLER": b"somebody else\n"}))
    assert (out / SITE_PACKAGES / "a-1.0.dist-info/INSTALLER").read_text() == "made up\n"
    assert_records_are_true(out)


@pytest.mark.slow
def test_pip_installs_the_same_files(make_wheel: MakeWheel, tmp_path: Path) -> None:
    # In a virtual environment, pip puts headers elsewhere.
    python = getattr(sys, "_base_executable", sys.executable)
    pip = [python, "-m", "pip"]
    if subprocess.run([*pip, "--version"], check=False, capture_output=True).returncode != 0:
        pytest.skip(f"{python} has no pip")
    site_packages = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    wheels = [
        make_wheel(
            name,
            {
                "space/__init__.py": name.encode(),
                "space/same.py": b"same",
                f"space/{name}.py": b"",
                f"{name}-1.0.data/headers/{name}.h": b"",
                f"{name}-1.0.data/headers/sub/x.h": name.encode(),
                f"{name}-1.0.data/scripts/run": b"#!/bin/sh\n" + name.encode(),
                f"{name}-1.0.data/data/etc/conf": name.encode(),
                f"{name}-1.0.data/data/{site_packages}/via_data.py": name.encode(),
            },
        )
        for name in ("my_first", "other")
    ]
    for wheel in wheels:
        named = tmp_path / "pip" / wheel["filename"]
        named.parent.mkdir(exist_ok=True)
        named.write_bytes(Path(wheel["path"]).read_bytes())
        options = ["--no-index", "--no-deps", "--no-compile", "--ignore-installed", "--quiet", "--prefix"]
        subprocess.run([*pip, "install", *options, tmp_path / "prefix", named], check=True)

    def tree(root: Path) -> dict[str, tuple[int, bytes]]:
        found = {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}
        generated = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
        return {
            name: (path.stat().st_mode, path.read_bytes()) for name, path in found.items() if path.name not in generated
        }

    prefix = tmp_path / "prefix"
    out = installed(tmp_path / "out", *wheels, minor=f"{sys.version_info.major}.{sys.version_info.minor}")
    assert tree(out) == tree(prefix / "local" if (prefix / "local").exists() else prefix)
