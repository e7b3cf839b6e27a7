"""What an app adds to an image: which layer comes of it, over what, and what is asked of apt."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]

Evaluate = Callable[..., Any]


@pytest.fixture
def additions(evaluate: Evaluate, tmp_path: Path) -> Callable[..., Any]:
    """additions(arguments, of="what is wanted of the outcome") -> how the evaluation ended."""

    def run(arguments: str, of: str) -> Any:
        return evaluate(
            "--expr",
            f"""
            let
              set = import {REPOSITORY}/nix {{ system = "x86_64-linux"; }};
              layers = set.layersOf set.python.pythons.py39;
              added = layers.additions ({{ lockFile = {tmp_path}/debian.lock.json; }} // {{ {arguments} }});
            in
            {of}
            """,
        )

    return run


def value(additions: Callable[..., Any], arguments: str, of: str) -> Any:
    done = additions(arguments, of)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("variant", "there", "omitted"),
    [
        ("full", ["dpkg", "python3.9", "gcc"], []),
        ("slim", ["dpkg", "python3.9"], []),
        ("minimal", ["busybox-static", "python3.9"], ["dpkg", "perl-base"]),
    ],
)
def test_each_variant_is_asked_for_over_what_it_has(
    additions: Any, variant: str, there: list[str], omitted: list[str]
) -> None:
    asked = value(additions, f'variant = "{variant}"; packages = [ "libpq5" ];', "added.request")
    assert (asked["image"], asked["packages"]) == (f"bullseye-{variant}", ["libpq5"])
    assert set(there) <= asked["installed"]["amd64"].keys()
    assert set(omitted) <= asked["omitted"]["amd64"].keys()
    assert not asked["installed"]["amd64"].keys() & asked["omitted"]["amd64"].keys()
    assert ("gcc" in asked["installed"]["amd64"]) == (variant == "full")


def test_nothing_makes_no_layer_and_needs_no_lock(additions: Any) -> None:
    assert value(additions, 'variant = "slim";', "added.layer") is None


def test_certificates_make_a_layer_without_a_lock(additions: Any, tmp_path: Path) -> None:
    file = tmp_path / "corp.pem"
    file.write_text("any")
    arguments = f'variant = "slim"; certificates = [ {file} ];'
    assert value(additions, arguments, "added.layer.isLayer && added.layer.drvPath != layers.layers.python.drvPath")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (
            'packages = [ "libpq5" ];',
            "debian: debian.lock.json: not there, or not tracked by git; run: nix run .#update",
        ),
        (
            "certificates = [ /nonexistent/corp.pem ];",
            "debian: certificates: corp.pem: no such file; check its path, and that git tracks it",
        ),
        (
            'certificates = [ "./corp.pem" ];',
            "debian: certificates: ./corp.pem: a string, which is no file to Nix; write a path, such as ./corp.pem",
        ),
    ],
)
def test_what_is_not_there_is_one_line(additions: Any, arguments: str, reason: str) -> None:
    done = additions(f'variant = "slim"; {arguments}', "added.layer.drvPath")
    assert done.returncode != 0
    assert [line.strip() for line in done.stderr.splitlines() if "error: " in line] == [f"error: {reason}"]
