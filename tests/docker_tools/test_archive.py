"""The archive of an image, and the stream that writes it."""

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import archive
from read_archive import archive_of

Make = Callable[..., Path]


def test_the_bytes_do_not_depend_on_where_the_layers_are(
    two_layers: tuple[Path, Path], make_image: Make, tmp_path: Path
) -> None:
    first = archive_of(make_image(*two_layers, config={"Env": ["A=1"], "Cmd": ["x"]}))
    moved = [layer.rename(tmp_path / f"moved-{layer.name}") for layer in two_layers]
    layers = [{"name": layer.name.removeprefix("moved-"), "path": str(layer)} for layer in moved]
    second = make_image(out="second", layers=layers, config={"Cmd": ["x"], "Env": ["A=1"]})
    assert archive_of(second) == first


def test_a_layer_used_twice_is_stored_once(
    two_layers: tuple[Path, Path], make_image: Make, make_tree: Make, make_layer: Make
) -> None:
    # The same content from another place, too.
    same = make_layer((make_tree({"bin/sh": b"#!", "etc/motd": b"hello\n"}, "same-tree"), ""), name="same")
    tar = archive_of(make_image(two_layers[0], two_layers[0], same))
    with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as opened:
        names = opened.getnames()
    assert len(names) == len(set(names))
    assert len([name for name in names if name.startswith("blobs/sha256/")]) == len(("config", "manifest", "layer"))


def test_the_image_comes_before_its_layers(two_layers: tuple[Path, Path], make_image: Make) -> None:
    metadata = make_image(*two_layers)
    with tarfile.open(fileobj=io.BytesIO(archive_of(metadata)), mode="r:") as opened:
        names = opened.getnames()
    diff_ids = json.loads((metadata / "config.json").read_bytes())["rootfs"]["diff_ids"]
    assert names[-2:] == [f"blobs/{diff_id.replace(':', '/')}" for diff_id in diff_ids]


def stream(metadata: Path, **options: Any) -> "subprocess.CompletedProcess[bytes]":
    """Run archive.py as a stream does, with the folder of its modules as the module search path."""
    return subprocess.run(
        [sys.executable, "-s", "-P", archive.__file__, str(metadata)],
        env=os.environ | {"PYTHONPATH": str(Path(archive.__file__).parent)},
        stderr=subprocess.PIPE,
        check=False,
        **options,
    )


def test_the_stream_is_the_archive(two_layers: tuple[Path, Path], make_image: Make, tmp_path: Path) -> None:
    metadata = make_image(*two_layers)
    expected = archive_of(metadata)
    assert stream(metadata, stdout=subprocess.PIPE).stdout == expected
    with (tmp_path / "appended").open("ab") as file:
        assert stream(metadata, stdout=file).returncode == 0
    assert (tmp_path / "appended").read_bytes() == expected


def test_a_stream_that_fails_says_so_in_one_line(two_layers: tuple[Path, Path], make_image: Make) -> None:
    metadata = make_image(*two_layers)
    reader = subprocess.Popen(["true"], stdin=subprocess.PIPE)
    reader.wait()
    stopped = stream(metadata, stdout=reader.stdin)
    with open("/dev/full", "wb") as full:
        no_space = stream(metadata, stdout=full)
    (two_layers[1] / "layer.tar").write_bytes(b"short")
    damaged = stream(metadata, stdout=subprocess.DEVNULL)
    (two_layers[1] / "layer.tar").unlink()
    missing = stream(metadata, stdout=subprocess.DEVNULL)
    for result, message in (
        (stopped, b"the reader stopped"),
        (no_space, b"No space left"),
        (damaged, b"upper/layer.tar: is not"),
        (missing, b"upper/layer.tar: No such file"),
    ):
        assert result.returncode == 1
        assert result.stderr.startswith(b"docker-tools: docker-tools-test:1: ")
        assert message in result.stderr
        assert result.stderr.count(b"\n") == 1
