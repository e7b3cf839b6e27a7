"""The matrix of images: what follows from a pins file alone."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
VARIANTS = ("", "-slim", "-minimal")

Evaluate = Callable[..., Any]


@pytest.fixture
def names(evaluate: Evaluate, tmp_path: Path) -> Callable[[], dict[str, set[str]]]:
    """names() -> the names of what there is, for the copy of the repository in tmp_path / "repository"."""
    repository = tmp_path / "repository"
    for folder in ("nix", "runtime", "tests/vm"):
        shutil.copytree(REPOSITORY / folder, repository / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in repository.rglob("*"):  # the repository may be in the Nix store, where all is read-only
        path.chmod(0o755)

    def run() -> dict[str, set[str]]:
        finished = evaluate(
            "--expr",
            f"""
            let set = import {repository}/nix {{ system = "x86_64-linux"; }}; in
            builtins.mapAttrs (_: builtins.attrNames) {{
              inherit (set) images;
              inherit (set.python) pythons;
              inherit (set.checks) final all;
              apps = set.apps.all "";
              machines = set.vm-tests;
            }}
            """,
        )
        assert finished.returncode == 0, finished.stderr
        return {name: set(found) for name, found in json.loads(finished.stdout).items()}

    return run


def add_python(repository: Path, minor: str, final: bool) -> None:
    """Pins for one more Python, as those of Debian 11 with other values by hand."""
    pins = repository / "nix/pins"
    text = (pins / "bullseye.toml").read_text()
    text = text.replace('python = "3.9"', f'python = "{minor}"')
    text = text.replace("final = true", f"final = {str(final).lower()}")
    (pins / "added.toml").write_text(text)
    shutil.copy(pins / "bullseye.lock.json", pins / "added.lock.json")


@pytest.mark.parametrize("final", [True, False])
def test_pins_with_a_python_add_its_images_and_their_checks(names: Any, tmp_path: Path, final: bool) -> None:
    before = names()
    add_python(tmp_path / "repository", "3.10", final)
    after = names()
    added = {name: after[name] - before[name] for name in before}
    images = {f"image-py310{variant}" for variant in VARIANTS}
    assert added["pythons"] == {"py310"}
    assert added["images"] == added["apps"] == images
    checks = images | {"vm-py310"}
    assert added["all"] == checks
    assert added["final"] == (checks if final else set())
    assert added["machines"] == {"smoke-py310"} | {f"suite-py310{variant}" for variant in VARIANTS}


def test_pins_without_a_python_add_no_image(names: Any, tmp_path: Path) -> None:
    before = names()
    add_python(tmp_path / "repository", "3.10", final=True)
    pins = tmp_path / "repository/nix/pins/added.toml"
    pins.write_text(pins.read_text().replace('python = "3.10"', ""))
    assert names() == before


def test_each_image_has_a_name_and_a_description_of_its_own(evaluate: Evaluate) -> None:
    """`nix flake show` prints them."""
    finished = evaluate(
        "--expr",
        f"""
        let set = import {REPOSITORY}/nix {{ system = "x86_64-linux"; }}; in
        map (image: {{ inherit (image) name; inherit (image.meta) description; inherit (image) imageTag; }})
          (builtins.attrValues set.images)
        """,
    )
    assert finished.returncode == 0, finished.stderr
    images = json.loads(finished.stdout)
    assert len({image["name"] for image in images}) == len({image["description"] for image in images}) == len(images)
    for image in images:
        assert image["imageTag"] in image["name"] and image["imageTag"] in image["description"]


def test_images_name_their_commit_if_they_are_of_one(evaluate: Evaluate) -> None:
    finished = evaluate(
        "--expr",
        f"""
        map
          (revision: (import {REPOSITORY}/nix/images {{
            inherit revision;
            pins.bullseye.created = 0;
            python.pythons.py39 = {{ pins = "bullseye"; minor = "3.9"; }};
            dockerTools.rfc3339 = _: "2026-01-02T03:04:05Z";
            mkAppImage = args: args.config.Labels;
          }}).image-py39)
          [ null "5f3c" ]
        """,
    )
    without, with_revision = json.loads(finished.stdout)
    assert with_revision == without | {"org.opencontainers.image.revision": "5f3c"}
    assert without["org.opencontainers.image.version"] == "2026-01-02"
