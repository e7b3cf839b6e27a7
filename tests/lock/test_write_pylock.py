"""lock, with the real uv and pip on a made-up index."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from made_up_index import Release, served
from packaging.pylock import Package, Pylock

import write_pylock

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not on PATH"),
]
RELEASES = [Release("left", "1.0"), Release("left", "2.0", requires=("right>=1",)), Release("right", "1.5")]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("index"), RELEASES) as url:
        yield url


@pytest.fixture
def run(tmp_path: Path, index: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """run(word, …) -> the finished program, in an empty folder, where pip's configuration names the index."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    known = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIP_"))}
    settings = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": index, "UV_CACHE_DIR": str(tmp_path / "cache")}

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [
            sys.executable,
            write_pylock.__file__,
            "--uv",
            str(shutil.which("uv")),
            "--interpreter",
            sys.executable,
        ]
        environment = known | settings | {"PYTHONPATH": os.pathsep.join(sys.path)}
        return subprocess.run([*command, *words], check=False, capture_output=True, text=True, env=environment)

    return run


def locked() -> dict[str, str]:
    """The versions in the lock, which is as PEP 751 wants it."""
    import tomllib

    content = Pylock.from_dict(tomllib.loads(write_pylock.LOCK.read_text()))
    packages: list[Package] = list(content.packages)
    assert all(wheel.hashes["sha256"] for package in packages for wheel in package.wheels or ())
    return {package.name: str(package.version) for package in packages}


def test_requirements_are_locked_with_what_they_require(run: Run) -> None:
    Path("requirements.txt").write_text("left\n")
    finished = run()
    assert finished.returncode == 0, finished.stderr
    assert locked() == {"left": "2.0", "right": "1.5"}
    assert os.listdir() in (["requirements.txt", "pylock.toml"], ["pylock.toml", "requirements.txt"])


def test_a_project_is_locked_for_the_python_that_it_requires(run: Run) -> None:
    Path("pyproject.toml").write_text(
        '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["left==1.0"]\n'
    )
    assert run().returncode == 0
    assert locked() == {"left": "1.0"}
    assert 'requires-python = ">=3.11"' in write_pylock.LOCK.read_text()


def test_locked_versions_stay_until_an_upgrade(run: Run) -> None:
    Path("requirements.txt").write_text("left<2\n")
    assert run().returncode == 0
    Path("requirements.txt").write_text("left\n")
    assert run().returncode == 0
    assert locked()["left"] == "1.0"
    assert run("--upgrade").returncode == 0
    assert locked()["left"] == "2.0"


@pytest.mark.parametrize(
    ("files", "words", "says"),
    [
        ({}, [], "no requirements.txt and no pyproject.toml in this folder; "),
        ({"uv.lock": ""}, [], "uv.lock: it is a lock already; "),
        ({}, ["a.txt"], "a.txt: no such file; "),
        ({"requirements.txt": "left"}, ["--python", "x"], "--python x: not a version such as "),
        ({"requirements.txt": "left>9"}, [], "requirements.txt: uv: "),
        ({"pyproject.toml": "["}, [], "pyproject.toml: "),
    ],
)
def test_a_line_says_what_is_wrong_and_the_lock_stays(
    run: Run, files: dict[str, str], words: list[str], says: str
) -> None:
    for name, text in files.items():
        Path(name).write_text(text)
    write_pylock.LOCK.write_text('lock-version = "1.0"\ncreated-by = "me"\npackages = []\n')
    before = write_pylock.LOCK.read_text()
    finished = run(*words)
    assert finished.returncode == 1
    (line,) = finished.stderr.splitlines()
    assert line.startswith(f"lock: {says}")
    assert write_pylock.LOCK.read_text() == before
    assert sorted(os.listdir()) == sorted([*files, "pylock.toml"])
