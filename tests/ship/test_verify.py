"""What `verify` says of an image that a registry has."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from fixture_types import Done, Run
from made_up_shipment import LIBRARY, Shipper
from push_image import Shipment
from registry_server import Server, way

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def differences(done: Done, reference: str) -> list[str]:
    """What it says is not the same."""
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert all(line.startswith(f"{reference}: ") for line in lines)
    return [line.removeprefix(f"{reference}: ") for line in lines]


@pytest.mark.parametrize("compressor", ["gz", "zstd", "none"])
def test_the_same(server: Server, shipper: Shipper, push: Run, verify: Run, compressor: str) -> None:
    shipment = shipper.ship(compressor=compressor)
    pushed = push(shipment, f"{server.address}/team/app:1.0").stdout.strip()
    digest = pushed.partition("@")[2]
    for reference in (pushed, f"{server.address}/team/app:1.0", f"{server.address}/team/app:1.0@{digest}"):
        done = verify(shipment, reference)
        assert (done.returncode, done.stdout) == (0, f"{reference}: the same as made-up:1.0 of this source\n")


def test_one_platform_is_compared_with_that_one(server: Server, shipper: Shipper, push: Run, verify: Run) -> None:
    shipment = shipper.ship()
    push(shipment, f"{server.address}/team/app:1.0")
    for entry in server.get("team/app/manifests/1.0", INDEX)["manifests"]:
        assert verify(shipment, f"{server.address}/team/app@{entry['digest']}").returncode == 0


@pytest.mark.parametrize("compressor", ["gz", "none"])
def test_a_changed_byte_is_found_in_its_file(
    server: Server, shipper: Shipper, push: Run, verify: Run, compressor: str
) -> None:
    """The registry still has the blob under its old digest, and sends it."""
    shipment = shipper.ship(compressor=compressor)
    reference = push(shipment, f"{server.address}/team/app:1.0").stdout.strip()
    entry = server.get("team/app/manifests/1.0", INDEX)["manifests"][0]
    stored = server.blob(server.get(f"team/app/manifests/{entry['digest']}", MANIFEST)["layers"][0]["digest"])
    blob = bytearray(stored.read_bytes())
    blob[len(blob) // 2] ^= 1
    stored.write_bytes(blob)
    first, *_ = differences(verify(shipment, reference), reference)
    assert first.startswith("linux/amd64: layer base: lib/library.so: another ") and first.endswith("content")


def test_another_image_is_told_apart_by_its_files(server: Server, shipper: Shipper, push: Run, verify: Run) -> None:
    reference = push(shipper.ship(app=b"print(2)\n", user="1"), f"{server.address}/team/app:1.0").stdout.strip()
    index, *images = differences(verify(shipper.ship(), reference), reference)
    assert index.startswith("its index is sha256:")
    assert images == [
        f"linux/{platform}: {line}"
        for platform in ("amd64", "arm64/v8")
        for line in ('config: config.User: "1", not "0"', "layer app: app/main.py: another content")
    ]


def test_another_compression_is_said(server: Server, shipper: Shipper, push: Run, verify: Run) -> None:
    reference = push(shipper.ship(compressor="none"), f"{server.address}/team/app:1.0").stdout.strip()
    _, first, *_ = differences(verify(shipper.ship(), reference), reference)
    assert first.startswith("linux/amd64: layer base: the same files, in another blob")


def test_many_files_are_counted(server: Server, shipper: Shipper, push: Run, verify: Run) -> None:
    theirs, ours = (shipper.ship(more={f"lib/{number}": content for number in range(30)}) for content in (b"1", b"2"))
    reference = push(theirs, f"{server.address}/team/app:1.0").stdout.strip()
    lines = differences(verify(ours, reference), reference)
    assert lines.count("linux/amd64: layer base: lib/0: another content") == 1
    assert lines.count("linux/amd64: layer base: and 20 more files") == 1


def test_an_image_that_is_not_there(server: Server, shipper: Shipper, verify: Run) -> None:
    done = verify(shipper.ship(), f"{server.address}/team/app:1.0")
    (line,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (1, "")
    assert line.startswith("verify: ") and line.endswith("not found; check the name")


def test_a_signature(
    server: Server, tmp_path: Path, shipper: Shipper, push: Run, verify: Run, cosign: Callable[..., Done]
) -> None:
    for name in ("ours", "other"):
        assert cosign("generate-key-pair", "--output-key-prefix", str(tmp_path / name)).returncode == 0
    shipment = shipper.ship()
    reference = push(shipment, f"--key={tmp_path}/ours.key", f"{server.address}/team/app:1.0").stdout.strip()
    assert "and signed with that key" in verify(shipment, f"--key={tmp_path}/ours.pub", reference).stdout
    assert "it is signed, and --key" in verify(shipment, reference).stdout
    done = verify(shipment, f"--key={tmp_path}/other.pub", reference)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "signature" in line


def test_a_layer_that_is_cut_short(server: Server, shipper: Shipper, push: Run, verify: Run) -> None:
    shipment = shipper.ship()
    reference = push(shipment, f"{server.address}/team/app:1.0").stdout.strip()
    layer = Shipment.load(shipment).layout / "blobs"
    largest = max(layer.rglob("*"), key=lambda path: path.stat().st_size)
    stored = server.blob(f"sha256:{largest.name}")
    stored.write_bytes(gzip.compress(gzip.decompress(stored.read_bytes())[: len(LIBRARY) // 2]))
    first, *_ = differences(verify(shipment, reference), reference)
    assert first == "linux/amd64: layer base: lib/library.so: another content"


def test_a_download_that_is_cut_off_is_no_difference(server: Server, shipper: Shipper, push: Run, verify: Run) -> None:
    shipment = shipper.ship()
    push(shipment, f"{server.address}/team/app:1.0")
    with way(server, cut_answers_after=len(LIBRARY) // 2) as cut:
        done = verify(shipment, f"{cut.address}/team/app:1.0")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("config", ["[]", "null", "1", "no JSON", '{"os": 1}', '{"config": []}'])
def test_what_is_no_image_is_told_in_a_line(
    server: Server, tmp_path: Path, shipper: Shipper, run: Run, verify: Run, config: str
) -> None:
    (tmp_path / "config").write_text(config)
    reference = f"{server.address}/team/app:1.0"
    options = ["--plain-http", "--disable-path-validation", "--config"]
    done = run("oras", "push", *options, f"{tmp_path}/config:application/vnd.oci.image.config.v1+json", reference)
    assert done.returncode == 0
    done = verify(shipper.ship(), reference)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines() or done.stdout.splitlines()
    assert reference in line
