"""Archives whose texts lie: none names a file outside, and none is believed. All end in one line."""

import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest

import foreign_archive
from foreign_archive import EMPTY_LAYER, Files, config_of, describe, digest, docker, indexed, layout, pack, split


def member(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def refusal(tmp_path: Path, files: Files) -> str:
    """The one line that says why an archive of these files is refused; nothing of it is left."""
    archive = pack(tmp_path / "foreign.tar", files)
    before = list(tmp_path.rglob("*"))
    line = foreign_archive.refusal(archive, tmp_path)
    assert list(tmp_path.rglob("*")) == before
    assert len(line) < 1000
    return line


@pytest.mark.parametrize(
    "text",
    [
        "/etc/passwd",
        "sha256:../../x",
        "sha256:/etc/passwd",
        f"sha256:{'0' * 63}",
        f"sha256:{'0' * 64}\n",
        f"sha256:{'A' * 64}",
        f"sha512:{'0' * 128}",
        "0" * 64,
        "",
        7,
        None,
        ["sha256:"],
    ],
)
def test_only_a_digest_names_a_file(tmp_path: Path, text: Any) -> None:
    config = config_of(rootfs={"diff_ids": [text]})
    wanted = "is not a digest: sha256: and 64 hexadecimal digits"
    assert wanted in refusal(tmp_path, docker(config, {"a.tar": EMPTY_LAYER}))
    assert wanted in refusal(tmp_path, layout(config, EMPTY_LAYER))
    described = describe(EMPTY_LAYER) | {"digest": text}
    assert wanted in refusal(tmp_path, layout(config_of(EMPTY_LAYER), EMPTY_LAYER, changes={"layers": [described]}))
    assert wanted in refusal(tmp_path, layout(config_of(), changes={"config": described}))
    index = json.dumps({"manifests": [described]}).encode()
    assert wanted in refusal(tmp_path, {"index.json": index})


def test_names_in_an_archive_are_no_paths(tmp_path: Path) -> None:
    """A Config or a layer that is called like a file of the machine is one of the archive."""
    (tmp_path / "config.json").write_bytes(config_of(EMPTY_LAYER))
    for name in (str(tmp_path / "config.json"), "../config.json", "/etc/passwd"):
        files = docker(config_of(EMPTY_LAYER), {"a.tar": EMPTY_LAYER}, config_name=name)
        base = split(pack(tmp_path / "foreign.tar", files), tmp_path / "base")
        assert sorted(path.name for path in base.rglob("*")) == [
            f"{digest(EMPTY_LAYER)[7:]}.tar",
            "config.json",
            "layers",
            "layers.json",
        ]
        shutil.rmtree(base)
        del files[name]
        assert f"lacks the file {name}" in refusal(tmp_path, files)


def test_every_blob_is_what_its_digest_says(tmp_path: Path) -> None:
    config, layer = config_of(EMPTY_LAYER), EMPTY_LAYER
    manifest = json.dumps({"config": describe(config), "layers": [describe(layer)]}).encode()
    for blob in (config, layer, manifest):
        files = indexed(manifest, config, layer)
        name = f"blobs/sha256/{digest(blob)[7:]}"
        files[name] = blob[:-1] + b"x"
        assert f"{name}: has the digest " in refusal(tmp_path, files)
        files[name] = blob + b" "
        assert f"{name}: has {len(blob) + 1} bytes instead of {len(blob)}" in refusal(tmp_path, files)
    for name in (f"{digest(b'')[7:]}.json", digest(b""), f"blobs/sha256/{digest(b'')[7:]}"):
        assert "has the digest" in refusal(tmp_path, docker(config, {"a.tar": layer}, config_name=name))
        assert "has the digest" in refusal(tmp_path, docker(config, {name: layer}))


def test_an_index_that_leads_back_to_itself(tmp_path: Path) -> None:
    """The digests in it can't be true, since each depends on the next."""
    for length in (1, 2, 3):
        digests = [f"sha256:{number:064}" for number in range(length)]
        size = len(json.dumps({"manifests": [{"digest": digests[0], "size": 100}]}))
        files: Files = {
            f"blobs/sha256/{name[7:]}": json.dumps({"manifests": [{"digest": following, "size": size}]}).encode()
            for name, following in zip(digests, digests[1:] + digests[:1], strict=True)
        }
        index = json.dumps({"manifests": [{"digest": digests[0], "size": size}]}).encode()
        assert "has the digest" in refusal(tmp_path, {"index.json": index, **files})


def test_an_index_may_lead_to_another(tmp_path: Path) -> None:
    config = config_of(EMPTY_LAYER)
    manifest = json.dumps({"config": describe(config), "layers": [describe(EMPTY_LAYER)]}).encode()
    inner = json.dumps({"manifests": [describe(manifest)]}).encode()
    base = split(pack(tmp_path / "x.tar", indexed(inner, manifest, config, EMPTY_LAYER)), tmp_path / "base")
    assert (base / "config.json").read_bytes() == config


@pytest.mark.parametrize(
    "layer",
    [
        member("a.tar", tarfile.DIRTYPE),
        member("a.tar", tarfile.FIFOTYPE),
        member("a.tar", tarfile.CHRTYPE),
        member("a.tar", tarfile.BLKTYPE),
        member("a.tar", tarfile.SYMTYPE, "/etc/passwd"),
        member("a.tar", tarfile.SYMTYPE, "../../etc/passwd"),
        member("a.tar", tarfile.SYMTYPE, "a.tar"),
        member("a.tar", tarfile.LNKTYPE, "a.tar"),
        member("a.tar", tarfile.LNKTYPE, "/etc/passwd"),
        member("a.tar", tarfile.SYMTYPE, "manifest.json"),
        member("a.tar", b"Z"),
    ],
    ids=lambda info: f"{info.type.decode()}-{info.linkname}",
)
def test_a_layer_that_is_no_file(tmp_path: Path, layer: tarfile.TarInfo) -> None:
    refusal(tmp_path, docker(config_of(EMPTY_LAYER), {"a.tar": layer}))


def test_links_that_lead_back(tmp_path: Path) -> None:
    links = {f"l{number}": f"l{(number + 1) % 3000}" for number in range(3000)}
    line = refusal(tmp_path, docker(config_of(EMPTY_LAYER), {"l0": "l1"}) | links)
    assert "l0: is behind more than 40 links" in line


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 5000,
        b'{"os": 1e400}',
        b'{"os": NaN}',
        b'"\\ud800"',
        b"\xff",
        b'\xef\xbb\xbf{"os": "linux"}',
        config_of(os=None),
        config_of(architecture=["amd64"]),
        config_of(rootfs=None),
        config_of(rootfs=[]),
        config_of(rootfs={"diff_ids": {}}),
        config_of(history=[[]]),
        config_of(history="x"),
        config_of(config=[]),
        config_of(config={"Env": "A=1"}),
        config_of(config={"Env": [1]}),
        config_of(config={"Env": ["PATH"]}),
        config_of(config={"Env": ["=x"]}),
        config_of(history=[{"created": 1}]),
        config_of(history=[{"empty_layer": "yes"}]),
        config_of(config={"Cmd": "sh"}),
        config_of(config={"Labels": ["a"]}),
        config_of(config={"Labels": {"a": 1}}),
        config_of(config={"Volumes": ["/a"]}),
        config_of(config={"User": 0, "x\n\x1b[2J": "\n"}),
        config_of(config={"ExposedPorts": 80}),
        b" " * (5 << 20),
    ],
    ids=lambda document: document[:40].decode(errors="replace"),
)
def test_a_document_of_another_form(tmp_path: Path, document: bytes) -> None:
    """The same for a config, a manifest, an index and Docker's manifest."""
    assert "config.json: " in refusal(tmp_path, docker(document, {}))
    assert "blobs/sha256/" in refusal(tmp_path, layout(document))
    assert "blobs/sha256/" in refusal(tmp_path, indexed(document))
    refusal(tmp_path, {"index.json": document})
    refusal(tmp_path, {"manifest.json": document})


@pytest.mark.parametrize(
    "document",
    [
        {"manifests": {}},
        {"manifests": ["x"]},
        {"manifests": [{}]},
        {"manifests": [{"digest": digest(b""), "size": -1}]},
        {"manifests": [{"digest": digest(b""), "size": "0"}]},
        {"manifests": [{"digest": digest(b""), "size": 0, "platform": "linux"}]},
        {"manifests": [{"digest": digest(b""), "size": 0, "platform": {"os": 1}}]},
        {"manifests": [describe(b"{}"), describe(b"{}")]},
        {"config": {}, "layers": []},
        {"config": describe(b"{}")},
        {"config": describe(b"{}"), "layers": "x"},
        {"config": "x", "layers": []},
    ],
    ids=str,
)
def test_an_index_or_a_manifest_of_another_form(tmp_path: Path, document: Any) -> None:
    encoded = json.dumps(document).encode()
    refusal(tmp_path, {"index.json": encoded})
    refusal(tmp_path, indexed(encoded, b"{}", b""))


@pytest.mark.parametrize("key", ["os", "architecture", "rootfs"])
def test_a_config_that_lacks_something(tmp_path: Path, key: str) -> None:
    config = json.loads(config_of(EMPTY_LAYER))
    del config[key]
    line = refusal(tmp_path, docker(json.dumps(config).encode(), {"a.tar": EMPTY_LAYER}))
    assert line == f"fromImage: config.json: lacks {key}; save the image again"


def test_a_program_that_writes_an_archive(tmp_path: Path) -> None:
    (tmp_path / "stream").write_text("#!/bin/sh\nexec cat archive.tar\n")
    with pytest.raises(ValueError, match=r"fromImage: stream: is a program, .*; name the archive that it writes"):
        split(tmp_path / "stream", tmp_path / "base")


def test_an_inherited_config_keeps_what_is_unknown_here(tmp_path: Path) -> None:
    config = config_of(
        EMPTY_LAYER,
        config={"Env": None, "WorkingDir": "", "OnBuild": [], "Volumes": None, "Image": "x", "Cmd": None},
        history=None,
        container_config={"Tty": False},
    )
    base = split(pack(tmp_path / "x.tar", docker(config, {"a.tar": EMPTY_LAYER})), tmp_path / "base")
    assert (base / "config.json").read_bytes() == config


def test_control_characters_do_not_reach_the_terminal(tmp_path: Path) -> None:
    for name in ("a\n\x1b[2J", "\u202e.tar", "n" * 5000):
        refusal(tmp_path, docker(config_of(), {}, config_name=name) | {name: b"{"})
        refusal(tmp_path, docker(config_of(EMPTY_LAYER), {name: b"x"}))
        refusal(tmp_path, {"manifest.json": json.dumps([{"Config": name, "Layers": []}]).encode()})


def test_a_layer_several_times_is_written_once(tmp_path: Path) -> None:
    config = config_of(*[EMPTY_LAYER] * 500)
    base = split(pack(tmp_path / "x.tar", layout(config, *[EMPTY_LAYER] * 500)), tmp_path / "base")
    assert len(list((base / "layers").iterdir())) == 1
    assert len(json.loads((base / "layers.json").read_text())) == 500
