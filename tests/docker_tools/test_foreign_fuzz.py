"""The reader of archives from elsewhere, with made-up ones: it gives an image or one line, and writes nowhere else."""

import bz2
import gzip
import io
import json
import lzma
import os
import tarfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import image
import tree_layer
from foreign_archive import (
    EMPTY_LAYER,
    Files,
    config_of,
    describe,
    digest,
    docker,
    indexed,
    layout,
    pack,
    split,
    unpack,
    zstd,
)
from image_spec import SPEC

# Values of JSON, some of which have the form that a document of an image has.
texts = st.sampled_from(["linux", "amd64", "/etc/passwd", "../x", "a.tar", digest(EMPTY_LAYER), "sha256:x"]) | st.text()
keys = st.sampled_from(["config", "layers", "manifests", "digest", "size", "platform", "rootfs", "diff_ids", "Config"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys | st.text(), inner, max_size=3),
    max_leaves=10,
)


# An image that adds to all that it inherits.
ABOVE = SPEC | {
    "config": {"Env": ["A=1"], "Labels": {"a": "1"}, "Volumes": {"/v": {}}, "ExposedPorts": {"80": {}}},
}


def survives(content: bytes | Files) -> None:
    """Split the archive, or the folder of files.

    What comes out is one line, or an image whose layers are there, on which another can stand.
    """
    with TemporaryDirectory() as folder:
        foreign = Path(folder, "foreign")
        if isinstance(content, bytes):
            foreign.write_bytes(content)
        else:
            unpack(foreign, content)
        base = Path(folder, "base")
        try:
            split(foreign, base)
        except ValueError as error:
            assert str(error).isprintable() and len(str(error)) < 2000
            assert os.listdir(folder) == ["foreign"]
        else:
            json.loads((base / "config.json").read_bytes())
            for layer in json.loads((base / "layers.json").read_bytes()):
                path = Path(layer["path"])
                assert path.parent == base / "layers" and digest(path.read_bytes()) == layer["diff_id"]
            assert sorted(os.listdir(folder)) == ["base", "foreign"]
            image.build(ABOVE | {"fromImage": str(base)}, Path(folder, "image"))


def bytes_of(files: Files) -> bytes:
    with TemporaryDirectory() as folder:
        return pack(Path(folder, "x.tar"), files).read_bytes()


# A layer with a file, its images, and what programs compress them with.
SMALL_LAYER = bytes_of({"etc/motd": bytes(range(256)) * 3})
COMPRESSIONS = (partial(gzip.compress, mtime=0), bz2.compress, lzma.compress, zstd)
WHOLE = [
    bytes_of(layout(config_of(EMPTY_LAYER), EMPTY_LAYER)),
    bytes_of(docker(config_of(EMPTY_LAYER), {"a/layer.tar": EMPTY_LAYER, "b/layer.tar": "../a/layer.tar"})),
    *(bytes_of(docker(config_of(SMALL_LAYER), {"layer.tar": compress(SMALL_LAYER)})) for compress in COMPRESSIONS),
    *(compress(bytes_of(layout(config_of(SMALL_LAYER), SMALL_LAYER))) for compress in COMPRESSIONS),
]


@st.composite
def damages(draw: st.DrawFn, whole: bytes) -> bytes:
    """These bytes, cut at any of them, with bits flipped and bytes set."""
    content = bytearray(whole[: draw(st.just(len(whole)) | st.integers(0, len(whole)))])
    if content:
        positions = st.integers(0, len(content) - 1)
        for position, bit in draw(st.dictionaries(positions, st.integers(0, 7), max_size=5)).items():
            content[position] ^= 1 << bit
        for position, value in draw(st.dictionaries(positions, st.integers(0, 255), max_size=5)).items():
            content[position] = value
    return bytes(content)


@pytest.mark.fuzz
@given(st.sampled_from(WHOLE).flatmap(damages))
def test_damaged_archives(content: bytes) -> None:
    survives(content)


FOLDERS = [layout(config_of(SMALL_LAYER), compress(SMALL_LAYER)) for compress in (bytes, *COMPRESSIONS)]


@pytest.mark.fuzz
@given(st.data(), st.sampled_from(FOLDERS))
def test_damaged_folders(data: st.DataObject, files: Files) -> None:
    name, content = data.draw(st.sampled_from(sorted(files.items())))
    assert isinstance(content, bytes)
    survives(files | {name: data.draw(damages(content))})


CONFIG = config_of(EMPTY_LAYER)
LAYER: Files = {"a.tar": EMPTY_LAYER}
# A value → the files of an archive that has it somewhere.
PLACES: dict[str, Callable[[Any], Files]] = {
    "manifest": lambda value: indexed(json.dumps(value).encode(), CONFIG, EMPTY_LAYER),
    "index": lambda value: {"index.json": json.dumps(value).encode()},
    "Docker's manifest": lambda value: {"manifest.json": json.dumps(value).encode(), **LAYER},
    "config": lambda value: docker(json.dumps(value).encode(), LAYER),
    "config.config": lambda value: docker(config_of(EMPTY_LAYER, config=value), LAYER),
    "history": lambda value: docker(config_of(EMPTY_LAYER, history=[value]), LAYER),
    "descriptor": lambda value: layout(CONFIG, EMPTY_LAYER, changes={"config": value}),
}


@pytest.mark.fuzz
@given(values, st.sampled_from(sorted(PLACES)))
def test_made_up_documents(value: Any, place: str) -> None:
    survives(bytes_of(PLACES[place](value)))


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all that is in a document."""
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [path, *(place for key, value in inner for place in places(value, (*path, key)))]


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with another value at a place; None leaves it out."""
    if not path:
        return value
    copy = document.copy()
    if len(path) == 1 and value is None:
        del copy[path[0]]
    else:
        copy[path[0]] = changed(copy[path[0]], path[1:], value)
    return copy


FULL_CONFIG = json.loads(
    config_of(
        EMPTY_LAYER,
        created="2026-01-01T00:00:00Z",
        config={"Env": ["A=1"], "Cmd": ["x"], "Labels": {"a": "b"}, "ExposedPorts": {"80/tcp": {}}, "User": "1"},
        history=[{"created": "2026-01-01T00:00:00Z", "created_by": "x", "empty_layer": True}, {}],
    )
)
FULL_MANIFEST = {"schemaVersion": 2, "config": describe(CONFIG), "layers": [describe(EMPTY_LAYER)]}
FULL_ENTRY = describe(json.dumps(FULL_MANIFEST).encode()) | {
    "platform": {"os": "linux", "architecture": "amd64"},
    "annotations": {"org.opencontainers.image.ref.name": "1"},
}
# Sound documents, and the files of an archive that has such a one.
DOCUMENTS: list[tuple[Any, Callable[[bytes], Files]]] = [
    (FULL_CONFIG, lambda document: docker(document, LAYER)),
    (FULL_CONFIG, lambda document: layout(document, EMPTY_LAYER)),
    (FULL_MANIFEST, lambda document: indexed(document, CONFIG, EMPTY_LAYER)),
    (
        {"schemaVersion": 2, "manifests": [FULL_ENTRY]},
        lambda document: layout(CONFIG, EMPTY_LAYER) | {"index.json": document},
    ),
    (
        [{"Config": "config.json", "RepoTags": ["x:1"], "Layers": ["a.tar"]}],
        lambda document: docker(CONFIG, LAYER) | {"manifest.json": document},
    ),
]


@pytest.mark.fuzz
@given(st.data(), st.sampled_from(range(len(DOCUMENTS))), values)
def test_documents_with_one_wrong_value(data: st.DataObject, number: int, value: Any) -> None:
    document, files = DOCUMENTS[number]
    survives(files(json.dumps(changed(document, data.draw(st.sampled_from(places(document))), value)).encode()))


@st.composite
def members(draw: st.DrawFn) -> tarfile.TarInfo:
    info = tarfile.TarInfo(draw(st.sampled_from(["manifest.json", "a.tar", "./a.tar", "/a", "..", "l" * 200])))
    info.type = draw(st.sampled_from([bytes([kind]) for kind in b"\x0001234567SxgLKZ"]))
    info.linkname = draw(st.sampled_from(["a.tar", "../a.tar", "/etc/passwd", "manifest.json", "l" * 200, ""]))
    info.size = draw(st.sampled_from([0, 1, 512, 1 << 20, 1 << 40, 1 << 70]))
    numbers = st.sampled_from(["-512", "-1", "0", "5", "1e400", "nan", "9" * 30, "9" * 5000, "x", "1,2,3"])
    keys = st.sampled_from(["size", "mtime", "uid", "path", "linkpath", "GNU.sparse.size", "GNU.sparse.map", "a=b"])
    info.pax_headers = draw(st.dictionaries(keys, numbers, max_size=2))
    return info


@pytest.mark.fuzz
@given(st.lists(members(), max_size=4), st.sampled_from([0, 512, 1024]))
def test_made_up_members(infos: list[tarfile.TarInfo], between: int) -> None:
    content = b"".join(info.tobuf(tarfile.PAX_FORMAT) + b"1\n" * (between // 2) for info in infos)
    survives(content + WHOLE[1])


@pytest.mark.fuzz
@given(st.lists(members(), max_size=4), st.booleans(), st.binary())
def test_made_up_layers_below(infos: list[tarfile.TarInfo], gnu: bool, end: bytes) -> None:
    """A layer of a base image is nobody's promise either: what goes over it is a layer or one line."""
    with TemporaryDirectory() as folder:
        below, tree = Path(folder, "below"), Path(folder, "tree", "a.tar", "x")
        below.mkdir()
        tree.parent.mkdir(parents=True)
        tree.touch()
        (below / "layer.tar").write_bytes(
            b"".join(info.tobuf(tarfile.GNU_FORMAT if gnu else tarfile.PAX_FORMAT) for info in infos) + end
        )
        trees = [{"path": str(Path(folder, "tree")), "prefix": ""}]
        spec = {"trees": trees, "links": {"l" * 200: "x"}, "mtime": 1, "storeDir": "/nix/store", "below": [str(below)]}
        try:
            tree_layer.build(spec, Path(folder, "layer"))
        except ValueError as error:
            assert str(error).isprintable() and len(str(error)) < 2000


def test_members_that_make_tarfile_loop(tmp_path: Path) -> None:
    """A negative size leads back to the header itself."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for key, value in (("size", "-512"), ("size", "-1"), ("size", "-1536"), ("GNU.sparse.size", "9" * 30)):
            info = tarfile.TarInfo("a")
            info.pax_headers = {key: value}
            tar.addfile(info)
    survives(file.getvalue())


def test_what_an_archive_may_hold(tmp_path: Path) -> None:
    many: Files = {f"file{number}": b"" for number in range(10_001)}
    for content, message in (
        (bytes_of(many), "more than 10000 members"),
        (bytes_of({"n" * 5000: b""}), "is absurd"),
        (bytes_of({"n" * 100_000: b""}), "absurd size"),
        (bytes_of({"a": "l" * 5000}), "is absurd"),
    ):
        (tmp_path / "x.tar").write_bytes(content)
        with pytest.raises(ValueError, match=message):
            split(tmp_path / "x.tar", tmp_path / "base")
