"""What a registry has after a push, and after one that failed."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fixture_types import Done, Run
from made_up_shipment import LIBRARY, Shipper
from push_image import Shipment
from registry_server import Server, way

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def told(done: Done) -> str:
    """The one line of an error."""
    assert done.returncode == 1 and not done.stdout
    (line,) = done.stderr.splitlines()
    assert line.startswith("push: ") and "; " in line
    return line


def succeeded(done: Done) -> list[str]:
    """What a push printed."""
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_an_image_arrives_whole(server: Server, shipper: Shipper, push: Run) -> None:
    shipment = shipper.ship()
    digest = Shipment.load(shipment).digest
    assert succeeded(push(shipment, f"{server.address}/team/app:1.0", "stable")) == [
        f"{server.address}/team/app@{digest}"
    ]
    assert server.tags("team/app") == {"1.0", "stable"}
    index = server.get("team/app/manifests/stable", INDEX)
    assert [manifest["platform"]["architecture"] for manifest in index["manifests"]] == ["amd64", "arm64"]
    for entry in index["manifests"]:
        manifest = server.get(f"team/app/manifests/{entry['digest']}", MANIFEST)
        for blob in (manifest["config"], *manifest["layers"]):
            assert server.blob(blob["digest"]).stat().st_size == blob["size"]


def test_attestations_are_found_at_the_index_and_at_each_image(server: Server, shipper: Shipper, push: Run) -> None:
    """This registry has no API of referrers: a tag made of the digest leads to their list."""
    shipment = shipper.ship()
    succeeded(push(shipment, f"{server.address}/team/app:1.0"))
    index = server.get("team/app/manifests/1.0", INDEX)
    for digest in (Shipment.load(shipment).digest, *(entry["digest"] for entry in index["manifests"])):
        listed = server.get(f"team/app/manifests/{digest.replace(':', '-')}", INDEX)["manifests"]
        assert [entry["artifactType"] for entry in listed] == ["application/spdx+json"]
        manifest = server.get(f"team/app/manifests/{listed[0]['digest']}", MANIFEST)
        assert manifest["subject"]["digest"] == digest
        assert json.loads(server.blob(manifest["layers"][0]["digest"]).read_text()) == {"of": "1.0"}


def test_layers_that_are_there_are_not_sent_again(server: Server, shipper: Shipper, push: Run) -> None:
    succeeded(push(shipper.ship(), f"{server.address}/team/app:1.0"))
    with way(server) as counted:
        succeeded(push(shipper.ship(app=b"print(2)\n"), f"{counted.address}/team/app:1.1"))
    assert counted.received < len(LIBRARY) / 4
    assert server.tags("team/app") == {"1.0", "1.1"}


def test_layers_of_another_repository_are_mounted(server: Server, shipper: Shipper, push: Run) -> None:
    with way(server) as counted:
        succeeded(push(shipper.ship(), f"{counted.address}/team/base:1.0"))
        before = counted.received
        succeeded(push(shipper.ship(app=b"print(2)\n"), f"{counted.address}/team/app:1.0"))
    assert counted.received - before < len(LIBRARY) / 4 < before


def test_its_own_tag_is_the_default(server: Server, shipper: Shipper, push: Run) -> None:
    succeeded(push(shipper.ship(tag="python3.13"), f"{server.address}/team/app"))
    assert server.tags("team/app") == {"python3.13"}


def test_all_images_get_their_tags_and_those_with_the_date(server: Server, shipper: Shipper, run: Run) -> None:
    slim, full = shipper.ship(tag="slim"), shipper.ship(tag="full", user="1")
    options = [f"--shipment={slim}", f"--shipment={full}", f"--latest={full}"]
    done = run("push", "--all", *options, f"{server.address}/team/app")
    digests = {name: Shipment.load(shipment).digest for name, shipment in (("slim", slim), ("full", full))}
    assert succeeded(done) == [f"{server.address}/team/app:{name}@{digests[name]}" for name in ("slim", "full")]
    assert server.tags("team/app") == {"slim", "slim-2026-11-20", "full", "full-2026-11-20", "latest"}
    assert server.get("team/app/manifests/latest", INDEX) == server.get("team/app/manifests/full", INDEX)


def test_an_image_that_is_called_latest(server: Server, shipper: Shipper, run: Run) -> None:
    shipment = shipper.ship(tag="latest")
    succeeded(run("push", "--all", f"--shipment={shipment}", f"--latest={shipment}", f"{server.address}/team/app"))
    assert server.tags("team/app") == {"latest", "latest-2026-11-20"}


def test_two_images_with_one_tag_are_refused(shipper: Shipper, run: Run) -> None:
    shipments = [f"--shipment={shipper.ship(user=user)}" for user in "01"]
    assert "1.0 is the tag of two images" in told(run("push", "--all", *shipments, "registry.example/app"))


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.9, 0.97, 0.99])
def test_a_push_that_is_cut_off_can_be_repeated(server: Server, shipper: Shipper, push: Run, share: float) -> None:
    """Cut after a share of the bytes that a push sends: before, amid and after the layers."""
    shipment = shipper.ship()
    with way(server) as whole:
        succeeded(push(shipment, f"{whole.address}/team/measured:1.0"))
    with way(server, cut_after=int(share * whole.received)) as cut:
        told(push(shipper.ship(app=b"print(2)\n", library=LIBRARY[::-1]), f"{cut.address}/team/app:1.0"))
    assert server.tags("team/app") == set()
    succeeded(push(shipper.ship(app=b"print(2)\n", library=LIBRARY[::-1]), f"{server.address}/team/app:1.0"))
    assert server.tags("team/app") == {"1.0"}


def test_a_registry_that_was_killed_meanwhile(server: Server, shipper: Shipper, push: Run) -> None:
    with way(server) as path:

        def kill() -> None:
            while path.received < len(LIBRARY) / 2:
                time.sleep(0.001)
            server.kill()

        killer = threading.Thread(target=kill)
        killer.start()
        told(push(shipper.ship(), f"{path.address}/team/app:1.0"))
        killer.join()
    server.start()
    assert server.tags("team/app") == set()
    succeeded(push(shipper.ship(), f"{server.address}/team/app:1.0"))


def test_a_registry_without_space(programs: None, tmp_path: Path, shipper: Shipper, push: Run) -> None:
    full = Server(tmp_path, largest_file=len(LIBRARY) // 2)
    try:
        told(push(shipper.ship(), f"{full.address}/team/app:1.0"))
        assert full.tags("team/app") == set()
    finally:
        full.kill()


def test_a_registry_that_is_not_there(shipper: Shipper, push: Run) -> None:
    assert "connection refused; check the name" in told(push(shipper.ship(), "127.0.0.1:1/team/app:1.0"))


def test_a_tag_that_may_not_be_moved(server: Server, shipper: Shipper, push: Run) -> None:
    succeeded(push(shipper.ship(), f"{server.address}/team/app:1.0"))
    before = server.get("team/app/manifests/1.0", INDEX)
    with way(server, refuses=b"PUT /v2/team/app/manifests/1.0 ") as strict:
        line = told(push(shipper.ship(app=b"print(2)\n"), f"{strict.address}/team/app:1.0"))
    assert "the tag may not be moved" in line
    assert server.get("team/app/manifests/1.0", INDEX) == before


@pytest.fixture
def guarded(programs: None, tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path, with_login=True)
    yield started
    started.kill()


def login(address: str, password: str) -> str:
    return json.dumps({"auths": {address: {"auth": base64.b64encode(f"user:{password}".encode()).decode()}}})


@pytest.mark.parametrize("file", [".docker/config.json", ".config/containers/auth.json"])
def test_the_login_of_docker_or_podman_is_used(
    guarded: Server, tmp_path: Path, shipper: Shipper, push: Run, file: str
) -> None:
    kept = tmp_path / "home" / file
    kept.parent.mkdir(parents=True)
    kept.write_text(login(guarded.address, "secret"))
    succeeded(push(shipper.ship(), f"{guarded.address}/team/app:1.0"))


@pytest.mark.parametrize("password", [None, "wrong"])
def test_without_a_login_it_says_how_to_log_in(
    guarded: Server, tmp_path: Path, shipper: Shipper, push: Run, password: str | None
) -> None:
    (tmp_path / "docker").mkdir()
    if password:
        (tmp_path / "docker" / "config.json").write_text(login(guarded.address, password))
    done = push(shipper.ship(), f"{guarded.address}/team/app:1.0", DOCKER_CONFIG=str(tmp_path / "docker"))
    assert f"docker login {guarded.address}" in told(done)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("registry.example/Team/app:1", "is no image"),
        ("registry.example/team/app:1:2", "is no image"),
        ("registry.example/team/app:-", "is no tag"),
        (f"registry.example/team/app@sha256:{'0' * 64}", "follow from the image"),
    ],
)
def test_what_is_no_image_is_refused_before_anything_is_sent(
    shipper: Shipper, push: Run, target: str, says: str
) -> None:
    assert says in told(push(shipper.ship(), target))


def test_signatures(server: Server, tmp_path: Path, shipper: Shipper, push: Run, cosign: Callable[..., Done]) -> None:
    """The image, those of its platforms and what refers to them are signed, so that cosign itself finds them valid."""
    key = tmp_path / "cosign.key"
    assert cosign("generate-key-pair", "--output-key-prefix", str(tmp_path / "cosign")).returncode == 0
    file = shipper.ship()
    shipment = Shipment.load(file)
    succeeded(push(file, f"--key={key}", f"{server.address}/team/app:1"))
    index = server.get("team/app/manifests/1", INDEX)
    options = ["--insecure-ignore-tlog=true", "--allow-http-registry", "--key", str(tmp_path / "cosign.pub")]
    for digest in (shipment.digest, index["manifests"][1]["digest"], *shipment.attestations):
        assert cosign("verify", *options, f"{server.address}/team/app@{digest}").returncode == 0
