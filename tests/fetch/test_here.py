"""What the script `fetch` sees of the place where a user starts it: the flake in that folder, git, root's Nix."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fetch_script import FetchScript
from pretended import FETCH


@pytest.fixture
def ready(tmp_path: Path) -> FetchScript:
    """The Python is in the store, one file is missing."""
    script = FetchScript(tmp_path / "fake")
    script.add_python()
    script.miss("hello_1.deb")
    script.write("apt-mirrors", "http://deb.test/debian/\n")
    return script


@pytest.mark.parametrize(
    ("target", "installable"), [((), ".#default"), (("one",), ".#one"), (("/clone#x",), "/clone#x")]
)
def test_the_flake_in_this_folder(ready: FetchScript, target: tuple[str, ...], installable: str) -> None:
    for name in ("flake.nix", "pyproject.toml"):
        (ready.folder / name).touch()
    for folder in (ready.folder, ready.folder / "below"):
        folder.mkdir(exist_ok=True)
        ready.folder = folder
        assert ready.run(*target) == (0, [])
        asked = [line for line in ready.read("nix-calls").splitlines() if "path-info" in line]
        assert asked[-1].split()[-1] == installable


def test_a_flake_that_stands_alone_gets_an_app_first(ready: FetchScript) -> None:
    ready.folder = ready.folder / "empty"
    ready.folder.mkdir()
    (ready.folder / "flake.nix").touch()
    status, lines = ready.run()
    assert status == 0 and lines[0].startswith("new: wrote app/main.py, ")
    assert (ready.folder / "app/main.py").exists()
    assert ready.run() == (0, [])


def test_where_there_is_no_flake_a_name_is_of_the_programs_own(ready: FetchScript) -> None:
    assert ready.run("image-py39") == (0, [])
    (asked,) = (line for line in ready.read("nix-calls").splitlines() if "path-info" in line)
    assert asked.split()[-1] == f"path:{FETCH.parents[1]}#image-py39"


UNTRACKED = "git does not track {}, so the image has {} not; git add {}"


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_files_that_git_does_not_track(ready: FetchScript) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-C", ready.folder, *words], check=True, capture_output=True)

    for name in ("flake.nix", ".gitignore", ".env", "app/main.py", "app/ignored.py", "result", "app/__pycache__/a.pyc"):
        (ready.folder / name).parent.mkdir(exist_ok=True, parents=True)
        (ready.folder / name).touch()
    (ready.folder / ".gitignore").write_text("ignored.py\n")
    git("init", "--quiet")
    git("add", "flake.nix", "app/main.py")
    assert ready.run() == (0, [])
    (ready.folder / "app/new\x1b.py").touch()
    assert ready.run() == (0, [f'fetch: "app/new\\033.py": {UNTRACKED.format(*["it"] * 3)}'])
    for name in ("results.py", "uv.lock", "pyproject.toml"):
        (ready.folder / name).touch()
    assert ready.run(".#one", ".#two") == (
        0,
        [f'fetch: "app/new\\033.py", and 3 more: {UNTRACKED.format(*["them"] * 3)}'],
    )
    # What another flake lacks is not known.
    assert ready.run("/clone#one") == (0, [])


@pytest.mark.parametrize(("group", "said"), [("nixbld", 1), ("", 0)])
def test_root_without_build_users(ready: FetchScript, group: str, said: int) -> None:
    """Nix stops at a build, so the Python is built without them, and the user is told what other builds need."""
    if os.geteuid() or any(line.startswith("nixbld:") for line in Path("/etc/group").read_text().splitlines()):
        pytest.skip("needs root, and no build users")
    ready.write("settings", f"bash-prompt =\nbuild-users-group = {group}\n")
    status, lines = ready.run("image-py39")
    assert status == 0 and len(lines) == said
    for line in lines:
        assert (
            line.startswith("fetch: nix: root has no build users")
            and "'build-users-group =' >>/etc/nix/nix.conf" in line
        )
