"""Packages of a uv.lock that are from no index, or from a private one: what is fetched, and what is built."""

import json
from typing import Any

import pytest

from made_up_lock import complaint
from made_up_uv_lock import PROJECT, PURE, WheelsOf, file, package

COMMIT = "0123456789" * 4
SDIST = file("pure-1.0.tar.gz")
HASH = {"hash": SDIST["hash"]}


def chosen(wheels_of: WheelsOf, pyproject: dict[str, Any] = PROJECT, **fields: Any) -> dict[str, Any]:
    pure = {"name": "pure", "version": "1.0"} | fields
    finished = wheels_of(pure, pyprojects={".": pyproject})
    assert finished.returncode == 0, finished.stderr
    (wheel,) = json.loads(finished.stdout)
    found: dict[str, Any] = wheel
    return found


def test_an_sdist_is_built_where_no_wheel_fits(wheels_of: WheelsOf) -> None:
    windows = file("pure-1.0-cp39-cp39-win_amd64.whl")
    wheel = chosen(wheels_of, **package("pure") | {"wheels": [windows], "sdist": SDIST})
    assert wheel["build"]["sdist"] == {
        "project": "pure",
        "version": "1.0",
        "filename": "pure-1.0.tar.gz",
        "sha256": SDIST["hash"].removeprefix("sha256:"),
    }
    assert "build" not in chosen(wheels_of, **package("pure") | {"sdist": SDIST})


@pytest.mark.parametrize(
    ("git", "url", "subdirectory"),
    [
        (f"https://git.example/a/b#{COMMIT}", "https://git.example/a/b", None),
        (f"https://git.example/a/b?rev=v1.0#{COMMIT}", "https://git.example/a/b", None),
        (f"ssh://git@git.example/a?subdirectory=x%2Fy&branch=main#{COMMIT}", "ssh://git@git.example/a", "x/y"),
        (f"https://git.example/a?tag=1&subdirectory=x#{COMMIT}", "https://git.example/a", "x"),
    ],
)
def test_a_git_repository_is_what_nix_fetches(
    wheels_of: WheelsOf, git: str, url: str, subdirectory: str | None
) -> None:
    assert chosen(wheels_of, source={"git": git})["build"] == {
        "git": {"url": url, "rev": COMMIT},
        "subdirectory": subdirectory,
    }


@pytest.mark.parametrize(
    ("git", "says"),
    [
        ("https://git.example/a", "its source names no commit"),
        ("https://git.example/a#main", "is not a commit"),
        (f"ext::sh%20-c%20evil#{COMMIT}", "is not the URL of a git repository"),
        (f"https://git.example/a?subdirectory=..%2Fb#{COMMIT}", "is not a path within"),
    ],
)
def test_a_repository_that_is_none(wheels_of: WheelsOf, git: str, says: str) -> None:
    line = complaint(wheels_of({"name": "pure", "version": "1.0", "source": {"git": git}}))
    assert "pure 1.0: " in line and says in line and line.endswith("; run uv lock")


def test_files_at_urls(wheels_of: WheelsOf) -> None:
    url = "https://files.example/pure-2.0%2Bcpu-py3-none-any.whl"
    wheel = chosen(wheels_of, version="2.0+cpu", source={"url": url}, wheels=[{"url": url} | HASH])
    assert (wheel["filename"], wheel["url"]) == ("pure-2.0+cpu-py3-none-any.whl", url)
    archive = {"url": "https://files.example/main.tar.gz", "subdirectory": "x"}
    build = chosen(wheels_of, source=archive, sdist=HASH)["build"]
    assert (build["sdist"]["url"], build["sdist"]["filename"]) == (archive["url"], "main.tar.gz")
    assert build["subdirectory"] == "x"


URL = "https://index.example/simple"
NAMED: list[dict[str, Any]] = [
    {"index": [{"name": "own", "url": f"{URL}/"}]},
    {"index": [{"url": URL.replace("//", "//user:word@")}]},
    {"index-url": URL},
    {"extra-index-url": ["https://other.example/", URL]},
]


@pytest.mark.parametrize("settings", NAMED)
def test_an_index_is_private_if_the_project_names_it(wheels_of: WheelsOf, settings: dict[str, Any]) -> None:
    pyproject = PROJECT | {"tool": {"uv": settings}}
    assert chosen(wheels_of, pyproject, **PURE)["index"] == URL
    sdist = chosen(wheels_of, pyproject, **PURE | {"wheels": [], "sdist": SDIST})["build"]["sdist"]
    assert sdist["index"] == URL


def test_other_indexes_are_the_machines_affair(wheels_of: WheelsOf) -> None:
    assert "index" not in chosen(wheels_of, **PURE)
    settings = {"tool": {"uv": {"index": [{"url": "https://index.example/other"}]}}}
    assert "index" not in chosen(wheels_of, PROJECT | settings, **PURE)
