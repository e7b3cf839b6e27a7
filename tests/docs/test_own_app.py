"""docs/own-app.md, against the template and what `lib` has."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from documents import REPOSITORY, blocks, code, read, table

PAGE = read("docs/own-app.md")
# Where the template's flake is to have the URL of this one.
URL = "git+https://git.example/images"

Outputs = Callable[[str], Any]


def test_the_flake_is_the_template() -> None:
    assert blocks(PAGE, "nix")[0] == read("templates/app/flake.nix")
    assert len(read("templates/app/flake.nix").splitlines()) <= 20
    for text in (PAGE, read("README.md")):
        assert f"nix flake init -t {URL}" in text


def test_the_flake_makes_the_image_that_the_page_runs(outputs: Outputs, tmp_path: Path) -> None:
    for name in ("new/pyproject.toml", "new/poetry.lock", "new/app/main.py", "app/flake.nix"):
        target = tmp_path / name.partition("/")[2]
        target.parent.mkdir(exist_ok=True)
        target.write_text(read(f"templates/{name}"))
    made = f"((import {tmp_path}/flake.nix).outputs {{ self = {{ }}; images = outputs; }})"
    image = f"{made}.packages.x86_64-linux.default"
    assert f"docker run -d -p 8080:80 {outputs(f'{image}.imageName')}\n" in PAGE
    assert outputs(f"{made}.apps.x86_64-linux.fetch.program") == outputs("outputs.apps.x86_64-linux.fetch.program")
    assert outputs(f"builtins.attrNames {made}.apps.x86_64-linux") == [
        *("audit", "fetch", "load", "lock", "new", "push", "update", "verify"),
    ]
    assert outputs(f"builtins.attrNames {made}.checks.x86_64-linux") == ["image"]


def test_the_flake_names_the_commit_of_the_app(outputs: Outputs, tmp_path: Path) -> None:
    """In a label, so that nothing else is built again."""
    source = f"{REPOSITORY}/templates/new"
    layers = "map (layer: builtins.unsafeDiscardStringContext layer.drvPath)"
    with_commit, without = (
        f"(outputs.lib.mkFlake {{ self = {{ {rev} }}; src = {source}; }}).packages.x86_64-linux.default"
        for rev in ('rev = "5f3c";', "")
    )
    assert outputs(f"{layers} {with_commit}.layers") == outputs(f"{layers} {without}.layers")
    assert outputs(f"{with_commit}.drvPath") != outputs(f"{without}.drvPath")


def test_the_table_has_every_argument(evaluate: Callable[..., Any]) -> None:
    names = {name for first, *_ in table(PAGE, "argument", "default", "meaning") for name in code(first)}
    arguments = f"import {REPOSITORY}/nix/app/arguments.nix {{ versions = [ ]; variants = [ ]; }}"
    refused = evaluate("--expr", f"({arguments}) null {{ nothing = null; }}")
    listed = re.search("error: mkAppImage: nothing: no such argument; there are (.*)", refused.stderr)
    assert listed and names == set(listed[1].split(", "))


def test_the_table_has_all_that_lib_has(outputs: Outputs) -> None:
    names = {code(name)[0] for name, *_ in table(PAGE, "name", "what")}
    lib = "outputs.lib.x86_64-linux"
    assert {name.partition(".")[0] for name in names} == set(outputs(f"builtins.attrNames {lib}"))
    for name in names:
        assert outputs(f"{lib} ? {name}"), name


@pytest.mark.parametrize("line", blocks(PAGE, "nix")[1:])
def test_every_line_is_one_of_the_flake(line: str) -> None:
    assert re.fullmatch(r" {6}(\w+)(\.\w+)* = .*;\n", line)


def test_every_word_of_a_dockerfile_has_its_argument() -> None:
    arguments = {name for first, *_ in table(PAGE, "argument", "default", "meaning") for name in code(first)}
    for _, here in table(PAGE, "in a Dockerfile", "here"):
        for text in code(here):
            name = re.match(r"(\w+)(\.\w+)* =", text)
            assert name is None or name[1] in arguments, text
