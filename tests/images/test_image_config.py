"""What the config promises to whoever starts a container, and that the tree keeps it."""

import pytest

from image_tree import Image


def test_the_command_is_there(image: Image) -> None:
    config = image.config["config"]
    assert config["Cmd"] == ["/start.sh"] and "Entrypoint" not in config
    for script in ("start.sh", "start-reload.sh"):
        assert image.files[script].mode == 0o755
    assert config["WorkingDir"] == image.environment["PYTHONPATH"] == "/app"
    assert image.is_directory("app") and "app/main.py" in image.files
    assert config["ExposedPorts"] == {"80/tcp": {}}


def test_only_the_minimal_image_names_a_user(image: Image) -> None:
    user = image.config["config"].get("User")
    if image.variant != "minimal":
        assert user is None
        return
    uid, gid = user.split(":")
    accounts = [line.split(":") for line in image.text("etc/passwd").splitlines()]
    assert [account[2:4] for account in accounts if account[2] == uid] == [[uid, gid]] and uid != "0"


@pytest.mark.parametrize("program", ["python", "python3", "uvicorn", "gunicorn", "sh"])
def test_path_finds(image: Image, program: str) -> None:
    assert image.which(program) is not None


def test_path_finds_the_one_python(image: Image) -> None:
    programs = ("python", "python3", f"python{image.minor}")
    assert {image.which(name) for name in programs} == {f"usr/bin/python{image.minor}"}
    assert all(f"usr/local/bin/{name}" in image.entries for name in programs)
    assert image.environment["PYTHON_VERSION"].startswith(f"{image.minor}.")


def test_path_names_folders(image: Image) -> None:
    folders = image.environment["PATH"].split(":")
    assert folders[0] == "/usr/local/bin"
    assert all(image.is_directory(image.resolve(folder.lstrip("/")) or "missing") for folder in folders)


def test_labels_tell_the_truth(image: Image) -> None:
    labels = {name.rpartition(".")[2]: value for name, value in image.config["config"]["Labels"].items()}
    assert labels["title"] == "uvicorn-gunicorn-fastapi"
    assert labels["version"] == image.config["created"][:10]
    # Of the software that the image contains, which is all of a Debian.
    assert "licenses" not in labels
