"""The program that `nix run .#load` runs, with engines that only pretend.

LOAD names the program, made for the flake in the folder `flake`; ARCHIVE the archive of the same image.
"""

import filecmp
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    "LOAD" not in os.environ, reason="LOAD names no program; nix build .#checks.….ship has one"
)

SH = shutil.which("sh")
# It keeps what it loads in NAME.loaded beside it. NAME.driver, if there is one, is what it says of its store, in which
# each line of NAME.images has the layers of an image. If there is NAME.refuses, it refuses an archive that lacks a blob
# which that file names.
ENGINE = """
case "$*" in
    load)
        cat >{engine}.loaded
        if [ -e {engine}.refuses ]; then
            while read -r blob; do
                tar -tf {engine}.loaded | grep -qx "$blob" || {{ echo "$blob: no such file" >&2; exit 1; }}
            done <{engine}.refuses
        fi
        echo loaded by {name}
        exit {status}
        ;;
    info*) [ -e {engine}.driver ] || {{ echo what? >&2; exit 1; }} && cat {engine}.driver ;;
    "image ls"*) grep -n . {engine}.images | sed 's/:.*//' ;;
    "image inspect"*) cat {engine}.images ;;
    *) exit 1 ;;
esac
"""
CLASSIC = "overlay2 [[Backing Filesystem extfs] [Supports d_type true]]\n"
CONTAINERD = "btrfs [[driver-type io.containerd.snapshotter.v1]]\n"


@pytest.fixture
def bin(tmp_path: Path) -> Path:
    """The folder of the engines, in front on PATH."""
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


def add_engine(bin: Path, name: str, status: int = 0, driver: str = "", images: str = "") -> None:
    engine = bin / name
    engine.write_text(f"#!{SH}\n" + ENGINE.format(engine=engine, name=name, status=status))
    engine.chmod(0o755)
    (bin / f"{name}.images").write_text(images)
    if driver:
        (bin / f"{name}.driver").write_text(driver)


def load(bin: Path, folder: Path | None = None) -> "subprocess.CompletedProcess[str]":
    path = f"{bin}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [os.environ["LOAD"]], cwd=folder or bin, env={"PATH": path}, capture_output=True, text=True, timeout=300
    )


def loads_whole(bin: Path, name: str = "docker") -> bool:
    """Whether `load` ends well and the engine has the whole archive, and says so once."""
    done = load(bin)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"loaded by {name}\n", "")
    return filecmp.cmp(bin / f"{name}.loaded", os.environ["ARCHIVE"], shallow=False)


def content(archive: str | Path) -> dict[str, bytes]:
    """The files of an archive; of a large one, which is a layer, its hash."""
    found = {}
    with tarfile.open(archive) as tar:
        for info in tar:
            if file := tar.extractfile(info):
                data = file.read()
                found[info.name] = data if info.size < 1_000_000 else hashlib.sha256(data).digest()
    return found


def layers() -> list[str]:
    """The diff_ids of the image."""
    files = content(os.environ["ARCHIVE"])
    config = json.loads(files[json.loads(files["manifest.json"])[0]["Config"]])
    return [str(diff_id) for diff_id in config["rootfs"]["diff_ids"]]


def blob(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


@pytest.mark.parametrize(
    ("engines", "expected"),
    [(["docker", "podman", "nerdctl"], "docker"), (["nerdctl", "podman"], "podman"), (["nerdctl"], "nerdctl")],
)
def test_the_engine_gets_the_archive(bin: Path, engines: list[str], expected: str) -> None:
    for engine in engines:
        add_engine(bin, engine)
    assert loads_whole(bin, expected)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_classic_store_gets_the_layers_that_it_lacks(bin: Path, count: int) -> None:
    below = layers()[:count]
    images = ["sha256:other " + " ".join(below), " ".join(below[:1]), " ".join([*below, "sha256:above"]), ""]
    add_engine(bin, "docker", driver=CLASSIC, images=" \n".join(images))
    done = load(bin)
    assert (done.returncode, done.stdout, done.stderr) == (0, "loaded by docker\n", "")
    # All else is there, so that the image is the same.
    whole = content(os.environ["ARCHIVE"]).items()
    assert content(bin / "docker.loaded") == {name: file for name, file in whole if name not in map(blob, below)}


@pytest.mark.parametrize(
    ("engine", "driver"),
    [("docker", CONTAINERD), ("docker", "overlayfs [[x y]]\n"), ("docker", ""), ("podman", CLASSIC)],
)
def test_other_stores_get_the_whole(bin: Path, engine: str, driver: str) -> None:
    add_engine(bin, engine, driver=driver, images=" ".join(layers()) + "\n")
    assert loads_whole(bin, engine)


def test_a_layer_that_stands_on_others_is_another(bin: Path) -> None:
    images = "sha256:other " + " ".join(layers()) + "\n\n" + " ".join(layers()[1:]) + "\n"
    add_engine(bin, "docker", driver=CLASSIC, images=images)
    assert loads_whole(bin)


def test_a_store_that_lost_a_layer_meanwhile_gets_the_whole(bin: Path) -> None:
    add_engine(bin, "docker", driver=CLASSIC, images=" ".join(layers()) + "\n")
    (bin / "docker.refuses").write_text(f"{blob(layers()[1])}\n")
    assert loads_whole(bin)


@pytest.mark.parametrize("driver", ["", CLASSIC])
def test_a_failure_of_the_engine_is_one_of_the_program(bin: Path, driver: str) -> None:
    add_engine(bin, "docker", status=3, driver=driver, images=" ".join(layers()) + "\n")
    done = load(bin)
    assert (done.returncode, done.stdout, done.stderr) == (3, "loaded by docker\n", "")


def test_without_an_engine_it_says_what_to_do(tmp_path: Path) -> None:
    done = load(tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("load: ") and "neither docker nor podman" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_files_that_git_does_not_track(bin: Path, tmp_path: Path) -> None:
    """Those of the flake that the program is made for, if it was made without them."""
    add_engine(bin, "docker")
    (bin / "git").write_text(f"#!{SH}\nprintf 'flake.nix\\napp/new.py\\nmore.py\\n'\n")
    (bin / "git").chmod(0o755)
    folder = tmp_path / "flake"
    (folder / "below").mkdir(parents=True)
    shutil.copyfile(Path(__file__).parent / "flake/flake.nix", folder / "flake.nix")
    expected = "load: app/new.py, and 1 more: git does not track them, so the image has them not; git add them\n"
    assert load(bin, folder / "below").stderr == expected
    (folder / "flake.nix").write_text("{ }")
    assert load(bin, folder).stderr == "" == load(bin, tmp_path).stderr
