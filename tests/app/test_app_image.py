"""The image of a project."""

import pytest

from made_up_project import Project


def test_it_bears_the_name_of_the_project(project: Project) -> None:
    assert project.image(attribute="[ image.imageName image.imageTag ]") == ["my-app", "latest"]
    project.write("pyproject.toml", '[project]\nname = "My_Shop.API"\n')
    assert project.image(attribute="image.imageName") == "my-shop-api"
    assert project.image('name = "shop"; tag = "2";', "[ image.imageName image.imageTag ]") == ["shop", "2"]


@pytest.mark.parametrize("variant", ["full", "slim", "minimal"])
def test_its_environment_is_the_projects_alone(project: Project, variant: str) -> None:
    """Below it are the layers of Debian that the images of this flake have, and nothing of their environment."""
    arguments = f'variant = "{variant}";'
    layers = "map (layer: builtins.unsafeDiscardStringContext layer.drvPath) {}.layers"
    suffix = "" if variant == "full" else f"-{variant}"
    own = project.image(arguments, layers.format("image"))
    ours = project.image(arguments, layers.format(f"set.images.image-py313{suffix}"))
    assert len(own) == len(ours)
    different = [layer.partition("-")[2] for layer, other in zip(own, ours, strict=True) if layer != other]
    assert different == ["environment.drv", "app.drv"]


def test_an_edit_of_the_code_changes_the_last_layer_alone(project: Project) -> None:
    layers = "map (layer: builtins.unsafeDiscardStringContext layer.drvPath) image.layers"
    before = project.image(attribute=layers)
    project.write("app/main.py", "app = None\n")
    after = project.image(attribute=layers)
    assert before[:-1] == after[:-1] and before[-1] != after[-1]


def test_an_edit_of_what_no_server_reads_changes_nothing(project: Project) -> None:
    before = project.image()
    for name in ("tests/test_app.py", "flake.nix", ".github/workflow.yaml", "app/__pycache__/main.cpython-313.pyc"):
        project.write(name, "changed")
    assert project.image() == before


WHEELS = "map (wheel: wheel.name) image.environment.wheels"


def test_it_has_a_server_that_the_lock_lacks(project: Project) -> None:
    names = {wheel.partition("-")[0] for wheel in project.image(attribute=WHEELS)}
    assert {"fastapi", "gunicorn", "uvicorn", "uvloop"} <= names


def test_it_has_the_server_that_the_lock_has(project: Project) -> None:
    lock = (project.folder / "poetry.lock").read_text()
    pinned = """\
[[package]]
name = "uvicorn"
version = "0.30.0"
description = ""
optional = false
python-versions = ">=3.8"
groups = ["main"]
files = [
    {file = "uvicorn-0.30.0-py3-none-any.whl", hash = "sha256:%s"},
]

[metadata]
""" % ("0" * 64)
    project.write("poetry.lock", lock.replace("[metadata]\n", pinned))
    wheels = project.image(attribute=WHEELS)
    assert [wheel for wheel in wheels if wheel.startswith("uvicorn-")] == ["uvicorn-0.30.0-py3-none-any.whl"]
    names = {wheel.partition("-")[0] for wheel in wheels}
    assert "gunicorn" in names and not names & {"uvloop", "click"}


def test_two_checkouts_make_one_image(project: Project) -> None:
    before = project.image()
    project.folder = project.folder.rename(project.folder.parent / "another")
    assert project.image() == before


@pytest.mark.parametrize("name", ["app/main.py", "pyproject.toml", "poetry.lock"])
def test_what_it_cannot_do_without(project: Project, name: str) -> None:
    (project.folder / name).unlink()
    line = project.refused()
    assert name in line and "git" in line


def test_the_app_may_be_elsewhere(project: Project) -> None:
    (project.folder / "app").rename(project.folder / "shop")
    assert project.refused().startswith("mkAppImage: my-app: there is no app/main.py and no main.py")
    project.image('app = "shop.main:app";')
    project.write("main.py")
    project.image()
    assert "no main.py" in project.refused('files = [ "shop" ];')


def test_an_app_that_is_not_there(project: Project) -> None:
    line = project.refused('app = "app.server:app";')
    assert line.startswith("mkAppImage: my-app: there is no app/server.py among the files that git tracks; git add it")
    project.write("app/server/__init__.py")
    project.image('app = "app.server:create()";')
    project.image('app = "installed.somewhere:app";')


def test_another_prestart_script_takes_the_place_of_the_projects(project: Project) -> None:
    project.write("prestart.sh", "one")
    layer = "(builtins.elemAt image.layers (builtins.length image.layers - 1)).drvPath"
    before = project.image(f"prestart = {project.folder}/pyproject.toml;", layer)
    project.write("prestart.sh", "two")
    assert project.image(f"prestart = {project.folder}/pyproject.toml;", layer) == before
