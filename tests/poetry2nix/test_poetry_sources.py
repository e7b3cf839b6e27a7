"""Packages of a poetry.lock that are from no index, or from a private one: what is fetched, and what is built."""

import json
from typing import Any

import pytest

from made_up_lock import PURE, WheelsOf, complaint, package

COMMIT = "0123456789" * 4
SHA256 = PURE["files"][0]["hash"].removeprefix("sha256:")
SDIST = package("pure", "pure-1.0.tar.gz")["files"][0]["hash"].removeprefix("sha256:")


def chosen(wheels_of: WheelsOf, **fields: Any) -> dict[str, Any]:
    finished = wheels_of(PURE | fields)
    assert finished.returncode == 0, finished.stderr
    (wheel,) = json.loads(finished.stdout)
    found: dict[str, Any] = wheel
    return found


def test_a_wheel_goes_before_an_sdist_and_an_sdist_before_an_error(wheels_of: WheelsOf) -> None:
    assert chosen(wheels_of)["filename"] == "pure-1.0-py3-none-any.whl"
    files = package("pure", "pure-1.0-cp27-none-any.whl", "pure-1.0.win32.exe", "pure-1.0.tar.gz")["files"]
    wheel = chosen(wheels_of, files=files)
    assert (wheel["project"], wheel["version"]) == ("pure", "1.0")
    assert wheel["build"]["sdist"] == {
        "project": "pure",
        "version": "1.0",
        "filename": "pure-1.0.tar.gz",
        "sha256": SDIST,
    }
    given = json.loads(wheels_of(PURE | {"files": files}, wheels={"pure": "/x/pure-1.0-py3-none-any.whl"}).stdout)
    assert given[0]["path"] == "/x/pure-1.0-py3-none-any.whl"


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://git.example/a/b.git", "https://git.example/a/b.git"),
        ("git@git.example:a/b.git", "ssh://git@git.example/a/b.git"),
        ("git+ssh://git@git.example/a/b", "ssh://git@git.example/a/b"),
        ("ssh://git@git.example:2222/a/b", "ssh://git@git.example:2222/a/b"),
        ("file:///a/b", "file:///a/b"),
    ],
)
def test_a_git_repository_is_what_nix_fetches(wheels_of: WheelsOf, url: str, taken: str) -> None:
    source = {"type": "git", "url": url, "reference": "main", "resolved_reference": COMMIT}
    assert chosen(wheels_of, files=[], source=source)["build"] == {
        "git": {"url": taken, "rev": COMMIT},
        "subdirectory": None,
    }
    assert chosen(wheels_of, files=[], source=source | {"subdirectory": "a/b"})["build"]["subdirectory"] == "a/b"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"resolved_reference": "main"}, "is not a commit"),
        ({"url": "ext::sh -c evil"}, "is not the URL of a git repository"),
        ({"url": "--upload-pack=evil"}, "is not the URL of a git repository"),
        ({"subdirectory": "../x"}, "is not a path within"),
        ({"subdirectory": "/x"}, "is not a path within"),
    ],
)
def test_a_word_of_another_form(wheels_of: WheelsOf, changes: dict[str, str], says: str) -> None:
    source = {"type": "git", "url": "https://git.example/a", "resolved_reference": COMMIT} | changes
    line = complaint(wheels_of(PURE | {"source": source}))
    assert "pure 1.0: " in line and says in line and line.endswith("; run poetry lock")


def test_files_at_urls(wheels_of: WheelsOf) -> None:
    url = "https://files.example/x/pure-1.0-py3-none-any.whl"
    wheel = chosen(wheels_of, files=PURE["files"][:1], source={"type": "url", "url": url})
    assert (wheel["url"], wheel["sha256"]) == (url, SHA256)
    archive = "https://files.example/pure/archive/main.zip?token=1#egg=pure"
    sdist = chosen(
        wheels_of, files=[{"file": "x.zip", "hash": f"sha256:{SDIST}"}], source={"type": "url", "url": archive}
    )
    assert sdist["build"]["sdist"] == {
        "project": "pure",
        "version": "1.0",
        "filename": "main.zip",
        "sha256": SDIST,
        "url": archive,
    }


def test_only_a_private_index_is_named(wheels_of: WheelsOf) -> None:
    assert "index" not in chosen(wheels_of)
    source = {"type": "legacy", "url": "https://index.example/simple", "reference": "own"}
    assert chosen(wheels_of, source=source)["index"] == source["url"]
    sdist = chosen(wheels_of, source=source, files=PURE["files"][1:])
    assert sdist["build"]["sdist"]["index"] == source["url"]


def test_what_is_beside_the_project_is_not_among_the_wheels_but_has_to_be_there(wheels_of: WheelsOf) -> None:
    missing = PURE | {"files": [], "source": {"type": "directory", "url": "../nowhere"}}
    assert "pure 1.0: ../nowhere is not there; if git does not track it, add it; " in complaint(wheels_of(missing))
    # The made-up lock is there, and a source has no form of its own before it is built.
    there = PURE | {"files": [], "source": {"type": "directory", "url": "."}}
    assert json.loads(wheels_of(there).stdout) == []
    changed = PURE | {
        "files": [{"file": "pyproject.toml", "hash": f"sha256:{'0' * 64}"}],
        "source": {"type": "file", "url": "pyproject.toml"},
    }
    assert "pyproject.toml is not the file that was locked" in complaint(wheels_of(changed))


def test_what_is_never_built(wheels_of: WheelsOf) -> None:
    line = complaint(wheels_of(PURE | {"source": {"type": "hg", "url": "https://hg.example/x"}}))
    assert "pure 1.0: its source is a hg; " in line and "give wheels.pure = " in line


def test_dates_in_a_pyproject(wheels_of: WheelsOf) -> None:
    table: dict[str, Any] = {"tool": {"poetry": {"dependencies": {"python": "^3.9"}}, "other": {"since": "@DATE@"}}}
    assert json.loads(
        wheels_of(PURE, pyproject=table, rewrite=lambda text: text.replace('"@DATE@"', "2026-01-01")).stdout
    )
