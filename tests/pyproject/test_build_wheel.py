"""Sources whose wheels are built by their own backends."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import build_wheel
from made_up_source import (
    BY_GIT,
    MODULE,
    PROJECT,
    PROJECTS,
    SETUP,
    build_system,
    built,
    make_sdist,
    modules_of,
    spec,
    write_project,
)
from made_up_wheel import installed, made_up_wheel

pytestmark = pytest.mark.slow


# As of a folder of the user's, whose version nobody knows.
OWN = {"local": True, "version": None}


@pytest.fixture(scope="session")
def backends() -> str:
    """The folder of the pinned backends."""
    found = os.environ.get("BACKENDS")
    if not found:
        pytest.skip("BACKENDS names no folder of the build backends; scripts/check has one")
    return found


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the sandbox, where the working directory is for the build."""
    (tmp_path / "scratch").mkdir()
    monkeypatch.chdir(tmp_path / "scratch")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "315532800")
    monkeypatch.setenv("PYTHONHASHSEED", "0")


def problem(out: Path, backends: str, source: Path, **changes: Any) -> str:
    """The line with which an environment of this source alone fails."""
    file = built(out, backends, source, **changes)
    assert file.name == "problem"
    with pytest.raises(ValueError) as capture:
        installed(out.with_name(f"{out.name}-env"), {"filename": "", "path": str(out)})
    line = str(capture.value)
    assert "\n" not in line and "wheels.made-up = ./made_up-1.0-" in line
    return line


@pytest.mark.parametrize("files", PROJECTS.values(), ids=PROJECTS)
def test_an_sdist_becomes_the_wheel_that_pip_would_install(
    backends: str, tmp_path: Path, files: dict[str, str]
) -> None:
    project = write_project(tmp_path / "project", files)
    sdist = make_sdist(tmp_path / "sdist", project, backends)
    wheel = built(tmp_path / "built", backends, sdist)
    assert wheel.name in ("made_up-1.0-py3-none-any.whl", "made_up-1.0-py2.py3-none-any.whl")
    modules = modules_of(wheel, tmp_path / "env")
    environment = {"PYTHONPATH": str(modules)}
    program = "import made_up, importlib.metadata; print(made_up.main(), importlib.metadata.version('made-up'))"
    done = subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True)
    assert done.stdout == "7 1.0\n"
    scripts = [path.name for path in (tmp_path / "env/bin").glob("*")]
    assert scripts == (["made"] if PROJECT in files.get("pyproject.toml", "") else [])


@pytest.mark.parametrize("name", ["setuptools", "setup.py", "poetry-core", "hatchling", "flit", "pdm"])
def test_the_same_source_gives_the_same_bytes(
    backends: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    project = write_project(
        tmp_path / "project", PROJECTS[name] | {"made_up.py": MODULE * 9, "LICENSE": "", "AUTHORS": ""}
    )
    first = built(tmp_path / "first", backends, project)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    copy = tmp_path / "copy"
    for path in sorted(project.rglob("*"), reverse=True):
        target = copy / path.relative_to(project)
        if path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            os.utime(target, (time.time() - 1e6, time.time() - 1e6))
    second = built(tmp_path / "second", backends, copy)
    assert (second.name, second.read_bytes()) == (first.name, first.read_bytes())


CARELESS = """
import random, zipfile
from hatchling import build

def build_wheel(folder, *arguments):
    name = build.build_wheel(folder, *arguments)
    with zipfile.ZipFile(f"{folder}/{name}") as wheel:
        files = {member: wheel.read(member) for member in wheel.namelist()}
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        for member in random.sample(sorted(files), len(files)):
            entry = zipfile.ZipInfo(member, (random.randint(1990, 2020), 1, 1, 0, 0, 0))
            wheel.writestr(entry, files[member])
    return name
"""


def test_times_and_order_are_not_the_backends(backends: str, tmp_path: Path) -> None:
    files = {"pyproject.toml": PROJECTS["a backend of its own"]["pyproject.toml"], "tools/own.py": CARELESS}
    project = write_project(tmp_path / "project", files)
    wheels = {built(tmp_path / f"out{number}", backends, project).read_bytes() for number in range(3)}
    assert len(wheels) == 1


def test_the_backend_that_is_a_program(backends: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # pip puts programs beside the modules, and an environment puts them where the prefix has them.
    folders = [f"{backends}/bin", str(Path(backends, "../../../bin").resolve()), os.environ["PATH"]]
    monkeypatch.setenv("PATH", os.pathsep.join(folders))
    try:
        subprocess.run(["uv-build", "--version"], check=False, capture_output=True)
    except OSError:
        pytest.skip("uv-build does not run here: this machine has no such dynamic loader")
    files = {"pyproject.toml": PROJECT + build_system("uv_build>=0.9", "uv_build"), "src/made_up/__init__.py": MODULE}
    sdist = make_sdist(tmp_path / "sdist", write_project(tmp_path / "project", files), backends)
    first = built(tmp_path / "first", backends, sdist)
    assert (modules_of(first, tmp_path / "env") / "made_up/__init__.py").read_text() == MODULE
    assert built(tmp_path / "second", backends, sdist).read_bytes() == first.read_bytes()


@pytest.mark.parametrize("files", BY_GIT.values(), ids=BY_GIT)
def test_the_version_is_the_locks_where_the_backend_would_ask_git(
    backends: str, tmp_path: Path, files: dict[str, str]
) -> None:
    project = write_project(tmp_path / "project", files)
    assert built(tmp_path / "a", backends, project, version="3.1").name.startswith("made_up-3.1-py")
    # What is the user's own has a version only if somebody says so.
    assert built(tmp_path / "b", backends, project, **OWN).name.startswith("made_up-0-py")


def test_a_project_in_a_folder_of_its_source(backends: str, tmp_path: Path) -> None:
    write_project(tmp_path / "all/parts/one", PROJECTS["hatchling"])
    assert built(tmp_path / "out", backends, tmp_path / "all", subdirectory="parts/one").suffix == ".whl"
    assert "neither a pyproject.toml nor a setup.py" in problem(tmp_path / "none", backends, tmp_path / "all")


def test_a_source_that_nobody_can_write_to(backends: str, tmp_path: Path) -> None:
    project = write_project(tmp_path / "project", PROJECTS["setuptools"] | {"bin/tool": "#!/bin/sh\n"})
    (project / "bin/tool").chmod(0o555)
    for path in [*project.rglob("*"), project]:
        path.chmod(path.stat().st_mode & 0o555)
    assert built(tmp_path / "out", backends, project).suffix == ".whl"


EXTENSION = SETUP.replace("**{}", "ext_modules=[Extension('fast', ['fast.c'])]").replace(
    "import setup", "import setup, Extension"
)


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (
            {"pyproject.toml": PROJECT + build_system("maturin>=1 setuptools cython", "maturin")},
            "needs maturin, cython,",
        ),
        ({"setup.py": SETUP.replace("**{}", "setup_requires=['cffi>=1']")}, "needs cffi, which the pinned"),
        ({"pyproject.toml": PROJECT + build_system("setuptools", "nowhere.to.be.seen")}, "No module named 'nowhere'"),
        ({"pyproject.toml": "[build-system\n"}, "its pyproject.toml is broken"),
        ({"pyproject.toml": "[build-system]\nrequires = 7\n"}, "none of PEP 517"),
        ({"pyproject.toml": PROJECT + build_system("a;b;c", "x")}, "a;b;c, which is no requirement"),
        (
            {"pyproject.toml": PROJECT + build_system("setuptools", "x") + 'backend-path = ["../x"]\n'},
            "backend-path leads out of it",
        ),
        ({"setup.py": EXTENSION}, "made-up 1.0: it has to be compiled"),
        (
            {"setup.py": "import sys; print('Error: no pg_config.'); sys.exit(1)"},
            "its build failed: Error: no pg_config.",
        ),
        ({"setup.py": "import os; os._exit(3)"}, "its build failed: 3"),
        ({"setup.py": "raise RuntimeError('so\\nit is')"}, "its build failed: RuntimeError: so it is"),
        ({"setup.py": SETUP.replace("made-up", "other")}, "gave a wheel of other"),
        ({"setup.py": SETUP.replace("1.0", "2.0")}, "gave version 2.0"),
    ],
)
def test_what_cannot_be_built(
    backends: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], says: str
) -> None:
    # As in the sandbox, which has none.
    monkeypatch.setenv("CC", "no-compiler")
    project = write_project(tmp_path / "project", {"fast.c": "int x;\n"} | files)
    assert says in problem(tmp_path / "out", backends, project)


def test_a_wheel_that_is_not_pure_is_not_taken(backends: str, tmp_path: Path) -> None:
    distribution = "distclass=type('D', (Distribution,), {'has_ext_modules': lambda self: True})"
    setup = SETUP.replace("**{}", distribution).replace("import setup", "import setup, Distribution")
    project = write_project(tmp_path / "project", {"setup.py": setup})
    assert "which is not for any platform and this Python" in problem(tmp_path / "out", backends, project)


def test_a_backend_that_is_too_new_is_named_if_the_build_fails(backends: str, tmp_path: Path) -> None:
    files = {
        "pyproject.toml": build_system("setuptools<50 wheel", "setuptools.build_meta"),
        "setup.py": "from setuptools import gone_since_then",
    }
    line = problem(tmp_path / "out", backends, write_project(tmp_path / "project", files))
    assert "gone_since_then" in line and "it asks for setuptools<50, of which another version is pinned" in line


def test_what_is_left_out_of_a_wheel_is_told(backends: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    # As many do whose authors let the compiler fail: they tell of it, and go on without what it should make.
    setup = SETUP.replace("import setup", "import setup; print(\"building 'fast' extension\")")
    project = write_project(tmp_path / "project", {"setup.py": setup})
    build_wheel.build(spec(backends, project), tmp_path / "out")
    capfd.readouterr()
    installed(tmp_path / "env", {"filename": "", "path": str(tmp_path / "out")})
    assert "made_up-1.0-py3-none-any.whl: built without what is compiled" in capfd.readouterr().err


def test_one_line_names_all_that_could_not_be_built(
    backends: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", "no-compiler")
    sources: dict[str, dict[str, str]] = {
        "one-thing": {"pyproject.toml": PROJECT + build_system("maturin", "maturin")},
        "two": {"setup.py": EXTENSION},
        "three": PROJECTS["flit"],
    }
    folders = []
    for name, files in sources.items():
        project = write_project(tmp_path / name, {"fast.c": ""} | files)
        built(tmp_path / f"{name}-wheel", backends, project, project=name, **(OWN if name == "two" else {}))
        folders.append({"filename": "", "path": str(tmp_path / f"{name}-wheel")})
    with pytest.raises(ValueError) as capture:
        installed(tmp_path / "out", made_up_wheel(tmp_path, "pure", {}), *folders)
    line = str(capture.value)
    for part in (
        "mend the build of two; ",
        "one-thing 1.0: ",
        "two: ",
        "three 1.0: ",
        "wheels.one-thing = ./one_thing-1.0-",
        "wheels.two = ./two-",
    ):
        assert part in line
    assert not (tmp_path / "out").exists() and "pure" not in line
