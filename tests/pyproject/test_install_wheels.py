"""Made-up wheels, installed."""

import csv
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from made_up_wheel import installed, made_up_wheel, record_row

MakeWheel = Callable[..., dict[str, str]]
Install = Callable[..., Path]


@pytest.fixture
def make_wheel(tmp_path: Path) -> MakeWheel:
    """make_wheel("name", {"file": b"content"}, …) -> as made_up_wheel."""
    return partial(made_up_wheel, tmp_path)


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """install(wheel, …) -> the tree of a Python 3.9 below /usr/local."""
    return lambda *wheels, name="out": installed(tmp_path / name, *wheels)


def complaint(capture: pytest.ExceptionInfo[ValueError]) -> str:
    message = str(capture.value)
    assert "\n" not in message
    return message


def tree(root: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(root)): (path.stat().st_mode, path.read_bytes())
        for path in root.rglob("*")
        if path.is_file()
    }


def test_modules_go_to_site_packages(make_wheel: MakeWheel, install: Install) -> None:
    out = install(make_wheel("one", {"one/__init__.py": b"x = 1\n"}), make_wheel("two", {"two.py": b"y = 2\n"}))
    site_packages = out / "lib/python3.9/site-packages"
    assert (site_packages / "one/__init__.py").read_bytes() == b"x = 1\n"
    assert (site_packages / "two.py").read_bytes() == b"y = 2\n"
    assert (site_packages / "one-1.0.dist-info/INSTALLER").read_text().strip() == "made up"
    assert not list(out.rglob("__pycache__"))


def test_entry_points_start_the_python_of_the_image(make_wheel: MakeWheel, install: Install) -> None:
    files = {
        "tool.py": b"def main(): return 0\n",
        "tool-1.0.dist-info/entry_points.txt": b"[console_scripts]\ntool = tool:main\n",
    }
    script = install(make_wheel("tool", files)) / "bin/tool"
    assert script.read_text().startswith("#!/usr/local/bin/python3.9\n")
    assert script.stat().st_mode & 0o777 == 0o755
    environment = {"PYTHONPATH": str(script.parents[1] / "lib/python3.9/site-packages")}
    assert subprocess.run([sys.executable, str(script)], check=False, env=environment).returncode == 0


def test_schemes(make_wheel: MakeWheel, install: Install) -> None:
    files = {
        "x-1.0.data/scripts/run": b"#!python\nprint()\n",
        "x-1.0.data/scripts/shell": b"#!/bin/sh\n",
        "x-1.0.data/data/share/x/data.txt": b"data",
        "x-1.0.data/headers/x.h": b"#define X\n",
        "x-1.0.data/platlib/x/native.so": b"so",
        "x-1.0.data/purelib/x/pure.py": b"",
    }
    out = install(make_wheel("x", files, executable="x-1.0.data/scripts/shell"))
    assert (out / "bin/run").read_bytes() == b"#!/usr/local/bin/python3.9\nprint()\n"
    assert (out / "bin/shell").read_bytes() == b"#!/bin/sh\n"
    assert (out / "bin/shell").stat().st_mode & 0o111
    assert (out / "share/x/data.txt").read_bytes() == b"data"
    assert (out / "include/python3.9/x/x.h").read_bytes() == b"#define X\n"
    assert {path.name for path in (out / "lib/python3.9/site-packages/x").iterdir()} == {"native.so", "pure.py"}


def test_a_record_names_every_file_and_its_hash(make_wheel: MakeWheel, install: Install) -> None:
    files = {
        "x.py": b"x = 1\n",
        "x-1.0.data/scripts/run": b"#!python\n",
        "x-1.0.data/data/share/x": b"data",
        "x-1.0.dist-info/entry_points.txt": b"[console_scripts]\ntool = x:main\n",
    }
    out = install(make_wheel("x", files))
    site_packages = out / "lib/python3.9/site-packages"
    with (site_packages / "x-1.0.dist-info/RECORD").open(newline="") as record:
        rows = list(csv.reader(record))
    recorded = {str((site_packages / row[0]).resolve().relative_to(out.resolve())) for row in rows}
    assert recorded == tree(out).keys()
    for name, *hash_and_size in rows:
        if not name.endswith("/RECORD"):
            assert [name, *hash_and_size] == record_row(name, (site_packages / name).read_bytes())


def test_wheels_may_share_a_folder(make_wheel: MakeWheel, install: Install) -> None:
    out = install(make_wheel("one", {"space/one.py": b""}), make_wheel("two", {"space/two.py": b""}))
    assert len(list((out / "lib/python3.9/site-packages/space").iterdir())) == 2


@pytest.mark.parametrize(
    ("tampered", "named"),
    [
        ({"x.py": b"evil = 1\n"}, "x.py"),
        ({"more.py": b"evil = 1\n"}, "more.py"),
        ({"x-1.0.dist-info/RECORD": b"not,a\nrecord"}, "RECORD"),
    ],
)
def test_a_wheel_that_contradicts_its_record(
    make_wheel: MakeWheel, install: Install, tmp_path: Path, tampered: dict[str, bytes], named: str
) -> None:
    with pytest.raises(ValueError) as capture:
        install(make_wheel("x", {"x.py": b"good = 1\n"}, tampered))
    assert named in complaint(capture)
    assert not (tmp_path / "out").exists()


def test_broken_wheels(make_wheel: MakeWheel, install: Install, tmp_path: Path) -> None:
    wheel = make_wheel("x", {"x.py": b""})
    for content in (b"not a zip", Path(wheel["path"]).read_bytes()[:-30]):
        Path(wheel["path"]).write_bytes(content)
        with pytest.raises(ValueError) as capture:
            install(wheel)
        assert "x-1.0-py3-none-any.whl: " in complaint(capture)
    escaping = make_wheel("y", {"../../../../evil.py": b""})
    with pytest.raises(ValueError) as capture:
        install(escaping)
    assert "evil.py" in complaint(capture)
    assert not list(tmp_path.rglob("evil.py"))


def test_the_same_wheels_give_the_same_bytes(make_wheel: MakeWheel, install: Install) -> None:
    wheels = [make_wheel(name, {f"{name}.py": b"", f"{name}-1.0.data/scripts/{name}": b"#!python\n"}) for name in "ab"]
    assert tree(install(*wheels, name="first")) == tree(install(*wheels, name="second"))
