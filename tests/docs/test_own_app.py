"""The flake of docs/own-app.md."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from documents import REPOSITORY, blocks, code, read, rows

PAGE = read("docs/own-app.md")
FLAKE, ENVIRONMENT = blocks(PAGE, "nix")

Outputs = Callable[[str], Any]


def default_package(folder: Path, flake: str) -> str:
    """The Nix expression of the package that this flake.nix makes of an app in the folder."""
    (folder / "flake.nix").write_text(flake)
    (folder / "app").mkdir()
    shutil.copy(REPOSITORY / "tests/vm/own-app/app/main.py", folder / "app")
    for file in ("pyproject.toml", "poetry.lock"):
        shutil.copy(REPOSITORY / "tests" / file, folder)
    return f"((import {folder}/flake.nix).outputs {{ self = {{ }}; images = outputs; }}).packages.x86_64-linux.default"


def test_the_flake_makes_an_image(outputs: Outputs, tmp_path: Path) -> None:
    image = default_package(tmp_path, FLAKE)
    assert outputs(f"{image}.drvPath").endswith(".drv")
    names = outputs(f"[ {image}.imageName {image}.imageTag ]")
    assert f"docker run -d -p 8080:80 {':'.join(names)}\n" in PAGE


def test_the_environment_is_a_further_layer(outputs: Outputs, tmp_path: Path) -> None:
    start = "        contents = [\n"
    assert FLAKE.count(start) == 1
    image = default_package(tmp_path, FLAKE.replace(start, start + ENVIRONMENT))
    assert outputs(f"{image}.drvPath").endswith(".drv")
    assert outputs(f"map (layer: layer.name) {image}.layers")[-2:] == ["environment", "code"]


def test_its_program_fetches(outputs: Outputs, tmp_path: Path) -> None:
    package = default_package(tmp_path, FLAKE)
    program = package.replace("packages.x86_64-linux.default", "apps.x86_64-linux.fetch.program")
    assert outputs(program) == outputs("outputs.apps.x86_64-linux.fetch.program")


def test_the_table_has_all_that_lib_has(outputs: Outputs) -> None:
    table = {code(name)[0] for name, *_ in rows(PAGE)[1:]}
    lib = "outputs.lib.x86_64-linux"
    assert {name.partition(".")[0] for name in table} == set(outputs(f"builtins.attrNames {lib}"))
    for name in table:
        assert outputs(f"{lib} ? {name}"), name
