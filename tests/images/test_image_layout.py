"""The archive is a valid OCI image layout, and Docker's manifest.json in it means the same image."""

import hashlib

from image_tree import Image, blob

OCI = "application/vnd.oci.image."
# As Docker's own images have it.
ARM64 = {"os": "linux", "architecture": "arm64", "variant": "v8"}


def test_every_blob_has_its_digest_and_its_size(image: Image) -> None:
    descriptors = [image.index_entry, image.manifest["config"], *image.manifest["layers"]]
    for descriptor in descriptors:
        content = image.archive.content(image.archive.members[blob(descriptor["digest"])])
        assert len(content) == descriptor["size"]
        assert f"sha256:{hashlib.sha256(content).hexdigest()}" == descriptor["digest"]
    blobs = {name for name, member in image.archive.members.items() if name.startswith("blobs/") and member.isreg()}
    assert blobs == {blob(descriptor["digest"]) for descriptor in descriptors}


def test_the_documents_are_of_their_kinds(image: Image) -> None:
    assert image.archive.json("oci-layout") == {"imageLayoutVersion": "1.0.0"}
    index = image.archive.json("index.json")
    assert (index["schemaVersion"], index["mediaType"]) == (2, f"{OCI}index.v1+json")
    assert image.index_entry["mediaType"] == image.manifest["mediaType"] == f"{OCI}manifest.v1+json"
    assert image.manifest["schemaVersion"] == 2
    assert image.manifest["config"]["mediaType"] == f"{OCI}config.v1+json"
    assert {layer["mediaType"] for layer in image.manifest["layers"]} == {f"{OCI}layer.v1.tar"}


def test_the_config_describes_the_layers(image: Image) -> None:
    assert image.config["rootfs"] == {
        "type": "layers",
        "diff_ids": [layer["digest"] for layer in image.manifest["layers"]],
    }
    assert len([step for step in image.config["history"] if not step.get("empty_layer")]) == len(image.layers)
    platform = {key: image.config[key] for key in ("os", "architecture", "variant") if key in image.config}
    assert image.index_entry["platform"] == platform
    assert platform in ({"os": "linux", "architecture": "amd64"}, ARM64)


def test_docker_sees_the_same_image(image: Image) -> None:
    (docker,) = image.archive.json("manifest.json")
    assert docker["Config"] == blob(image.manifest["config"]["digest"])
    assert docker["Layers"] == [blob(layer["digest"]) for layer in image.manifest["layers"]]
    (name,) = docker["RepoTags"]
    assert image.index_entry["annotations"]["io.containerd.image.name"] == f"docker.io/library/{name}"
    assert name.partition(":")[2] == image.index_entry["annotations"]["org.opencontainers.image.ref.name"]


def test_layers_can_be_unpacked_one_over_the_other(image: Image) -> None:
    """Each path once a layer, after its directory, and no layer writes through a symbolic link of another."""
    for layer in image.layers:
        seen = {""}
        for member in layer:
            assert member.name not in seen and not member.name.startswith(("/", "./"))
            assert member.name.rpartition("/")[0] in seen
            assert not member.islnk() or member.linkname in seen
            seen.add(member.name)
    for path in image.entries:
        assert image.is_directory(path.rpartition("/")[0]), path
