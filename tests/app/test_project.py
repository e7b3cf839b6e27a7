"""Whether a project is built and installed, or its files are copied as they are."""

import json

import pytest

from made_up_project import REPOSITORY, Project

BUILT = '[project]\nname = "shop"\n\n[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'


def is_package(project: Project) -> bool:
    finished = project.evaluate("--expr", f"(import {REPOSITORY}/nix/app/project.nix {project.folder}).isPackage")
    assert finished.returncode == 0, finished.stderr
    return bool(json.loads(finished.stdout))


def test_one_that_has_its_package_below_src(project: Project) -> None:
    project.write("pyproject.toml", BUILT)
    assert not is_package(project)
    project.write("src/shop/__init__.py")
    assert is_package(project)
    project.write("pyproject.toml", '[project]\nname = "shop"\n')
    assert not is_package(project)


@pytest.mark.parametrize(
    "tool, setting",
    [("poetry", "package-mode"), ("uv", "package"), ("pdm", "distribution")],
    ids=["poetry", "uv", "pdm"],
)
def test_one_that_is_no_package_says_so(project: Project, tool: str, setting: str) -> None:
    project.write("src/shop/__init__.py")
    project.write("pyproject.toml", f"{BUILT}\n[tool.{tool}]\n{setting} = false\n")
    assert not is_package(project)


@pytest.mark.parametrize("name", ["__init__.py", "main.py"])
def test_modules_in_src_itself_are_imported_from_there(project: Project, name: str) -> None:
    """As `src.main:app`. An installed package would have no such name."""
    project.write("pyproject.toml", BUILT)
    project.write("src/shop/__init__.py")
    project.write(f"src/{name}")
    assert not is_package(project)
