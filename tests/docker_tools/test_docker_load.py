"""A real Docker engine loads the archive and agrees with what it says."""

import io
import json
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import archive

Make = Callable[..., Path]
NAME = "docker-tools-test:1"


def docker(*arguments: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(["docker", *arguments], input=stdin, stdout=subprocess.PIPE, check=True).stdout


@pytest.fixture
def engine() -> Iterator[None]:
    try:
        subprocess.run(["docker", "version"], check=True, capture_output=True, timeout=20)
    except FileNotFoundError:
        pytest.skip("needs the docker command")
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip("needs a Docker engine that answers; set DOCKER_HOST")
    yield
    subprocess.run(["docker", "rmi", NAME], capture_output=True, check=False)


@pytest.mark.usefixtures("engine")
def test_docker_load(two_layers: tuple[Path, Path], make_image: Make, tmp_path: Path) -> None:
    metadata = make_image(*two_layers, config={"Cmd": ["/bin/sh"], "Env": ["A=1"], "WorkingDir": "/app"})
    with (tmp_path / "archive.tar").open("wb") as file:
        archive.write_archive(metadata, file)

    assert NAME.encode() in docker("load", stdin=(tmp_path / "archive.tar").read_bytes())

    (found,) = json.loads(docker("image", "inspect", NAME))
    (entry,) = json.loads((metadata / "layout" / "index.json").read_text())["manifests"]
    manifest = json.loads((metadata / "layout" / "blobs" / entry["digest"].replace(":", "/")).read_text())
    # The engine's own image store has the config's digest as image ID, containerd's that of the manifest.
    assert found["Id"] in (manifest["config"]["digest"], entry["digest"])
    assert found["RootFS"]["Layers"] == [layer["digest"] for layer in manifest["layers"]]
    assert (found["Config"]["Cmd"], found["Config"]["Env"], found["Config"]["WorkingDir"]) == (
        ["/bin/sh"],
        ["A=1"],
        "/app",
    )
    history = docker("history", "--format", "{{.CreatedBy}}", "--no-trunc", NAME).decode().split()
    assert history == ["upper", "lower"]

    container = docker("create", NAME).decode().strip()
    try:
        exported = docker("export", container)
    finally:
        docker("rm", container)
    with tarfile.open(fileobj=io.BytesIO(exported)) as root:
        main = root.extractfile("app/main.py")
        assert main and main.read() == b"print()\n" * 9999
