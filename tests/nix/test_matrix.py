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
              everything = builtins.groupBy (check: check.name) set.checks.everything.checks;
              apps = set.apps.all "";
              machines = set.vm-tests;
            }}
            """,
        )
        assert finished.returncode == 0, finished.stderr
        return {name: set(found) for name, found in json.loads(finished.stdout).items()}

    return run


def add_python(repository: Path, minor: str, moves: str) -> None:
    """Pins for one more Python, as those of Debian 11 with other values by hand."""
    pins = repository / "nix/pins"
    text = (pins / "bullseye.toml").read_text()
    text = text.replace('python = "3.9"', f'python = "{minor}"')
    text = text.replace("final = true", moves)
    (pins / "added.toml").write_text(text)
    shutil.copy(pins / "bullseye.lock.json", pins / "added.lock.json")


@pytest.mark.parametrize("moves", ["final = true", "final = false", "rolling = true"])
def test_pins_with_a_python_add_its_images_and_their_checks(names: Any, tmp_path: Path, moves: str) -> None:
    """The checks of all images are those on pins whose files mirrors keep for a while."""
    before = names()
    add_python(tmp_path / "repository", "3.10", moves)
    after = names()
    added = {name: after[name] - before[name] for name in before}
    images = {f"image-py310{variant}" for variant in VARIANTS}
    assert added["pythons"] == {"py310"}
    assert added["images"] == added["apps"] == images
    checks = images | {"vm-py310"}
    foreign = {f"{image}-arm64" for image in images}
    assert added["all"] == checks | foreign
    assert added["final"] == (checks if moves == "final = true" else set())
    tested = {f"check-{image}" for image in images | foreign} | {"vm-test-smoke-py310"}
    assert added["everything"] == (set() if moves == "rolling = true" else tested)
    assert added["machines"] == {"smoke-py310"} | {f"suite-py310{variant}" for variant in VARIANTS}


def test_pins_without_a_python_add_no_image(names: Any, tmp_path: Path) -> None:
    before = names()
    add_python(tmp_path / "repository", "3.10", "final = true")
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


@pytest.mark.parametrize("system", ["x86_64-linux", "aarch64-linux"])
def test_each_image_is_there_for_each_platform_and_in_an_index(evaluate: Evaluate, system: str) -> None:
    """Whatever the build machine is; the image for its own platform is the one without a word."""
    finished = evaluate(
        "--expr",
        f"""
        let set = import {REPOSITORY}/nix {{ system = "{system}"; }}; in
        builtins.mapAttrs
          (_: image: {{
            own = image.drvPath == image.${{set.systems.{system}.oci.architecture}}.drvPath;
            different = image.amd64.drvPath != image.arm64.drvPath;
            again = image.arm64.amd64.drvPath == image.amd64.drvPath;
            builders = map (built: built.system) [ image.amd64 image.arm64 image.index ];
          }})
          set.images
        """,
    )
    assert finished.returncode == 0, finished.stderr
    images = json.loads(finished.stdout)
    assert "image-py313-slim" in images
    for image in images.values():
        assert image == {"own": True, "different": True, "again": True, "builders": [system] * 3}
