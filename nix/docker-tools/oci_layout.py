"""The OCI image layout (image-layout.md of the OCI image specification), and the metadata of which it is made.

The metadata of an image are a folder without a copy of its layers:
  config.json  the encoded OCI image config, whose digest is the image ID
  layers.json  where the layers are, lowest first: a list of what Layer has
  layout/      the image layout but for the layers' blobs; Docker's manifest.json is beside its index.json
For a base image, config.json and layers.json are enough.
"""

import json
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from descriptor import blob_path, descriptor, digest_of

MEDIA_TYPE = "application/vnd.oci.image."
INDEX_TYPE = f"{MEDIA_TYPE}index.v1+json"
# What the platform of an image is in its config and in an image index, in this order.
PLATFORM = ("os", "architecture", "variant")
LAYOUT = "layout"
INDEX = "index.json"
DOCKER_MANIFEST = "manifest.json"
CONFIG = "config.json"
LAYERS = "layers.json"
# How a layer's media type ends, by its compressor (layer.md).
SUFFIXES = {"none": "", "gz": "+gzip", "zstd": "+zstd"}


@dataclass(frozen=True)
class Layer:
    """A layer as it is stored: the file `path` with `size` bytes, of this `digest` ("sha256:…").

    diff_id     the digest of its tar, the same unless it is compressed
    compressor  a key of SUFFIXES
    """

    diff_id: str
    digest: str
    size: int
    path: str
    compressor: str = "none"

    @classmethod
    def of_tar(cls, diff_id: str, size: int, path: str) -> "Layer":
        """The layer of an uncompressed tar."""
        return cls(diff_id, diff_id, size, path)

    @classmethod
    def of_folder(cls, folder: str) -> "Layer":
        """The layer that a derivation of the layer stage holds, in layer.tar and layer.json."""
        layer = json.loads(Path(folder, "layer.json").read_bytes())
        return cls.of_tar(layer["diff_id"], layer["size"], f"{folder}/layer.tar")

    @property
    def media_type(self) -> str:
        return f"{MEDIA_TYPE}layer.v1.tar{SUFFIXES[self.compressor]}"


@dataclass(frozen=True)
class Image:
    """What an image consists of: its encoded OCI image config (config.md) and its layers, lowest first."""

    config: bytes
    layers: list[Layer]

    @property
    def parsed_config(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.config)
        return parsed

    @classmethod
    def load(cls, metadata: Path) -> "Image":
        """Read config.json and layers.json."""
        layers = json.loads((metadata / LAYERS).read_bytes())
        return cls((metadata / CONFIG).read_bytes(), [Layer(**layer) for layer in layers])

    def save(self, metadata: Path) -> None:
        """Write config.json and layers.json; the folder is made if it is missing."""
        metadata.mkdir(parents=True, exist_ok=True)
        (metadata / CONFIG).write_bytes(self.config)
        (metadata / LAYERS).write_bytes(encode([asdict(layer) for layer in self.layers]))


def encode(value: Any) -> bytes:
    """JSON, the same for equal values. Raises ValueError for a value that JSON or UTF-8 cannot hold."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()


def write_layout(metadata: Path, name: str, tag: str, image: Image) -> None:
    """Write layout/ of the image name:tag."""
    layout = metadata / LAYOUT
    (layout / "blobs" / "sha256").mkdir(parents=True)
    config = image.parsed_config
    manifest = encode(
        {
            "schemaVersion": 2,
            "mediaType": f"{MEDIA_TYPE}manifest.v1+json",
            "config": put_blob(layout, f"{MEDIA_TYPE}config.v1+json", image.config),
            "layers": [descriptor(layer.media_type, layer.digest, layer.size) for layer in image.layers],
        }
    )
    entry = put_blob(layout, f"{MEDIA_TYPE}manifest.v1+json", manifest) | {
        "platform": {key: config[key] for key in PLATFORM if key in config},
        "annotations": {
            "io.containerd.image.name": f"{full_name(name)}:{tag}",
            "org.opencontainers.image.ref.name": tag,
        },
    }
    docker = {
        "Config": blob_path(digest_of(image.config)),
        "RepoTags": [f"{name}:{tag}"],
        "Layers": [blob_path(layer.digest) for layer in image.layers],
    }
    write_index(layout, [entry])
    (layout / DOCKER_MANIFEST).write_bytes(encode([docker]))


def copy_blobs(metadata: Path, layout: Path) -> None:
    """Put the blobs of layout/ into another layout, which need not be there yet."""
    blobs = Path("blobs", "sha256")
    (layout / blobs).mkdir(parents=True, exist_ok=True)
    for blob in (metadata / LAYOUT / blobs).iterdir():
        shutil.copyfile(blob, layout / blobs / blob.name)


def write_index(layout: Path, entries: list[dict[str, Any]]) -> None:
    """Make a folder with blobs a layout with these entries."""
    (layout / "oci-layout").write_bytes(encode({"imageLayoutVersion": "1.0.0"}))
    (layout / INDEX).write_bytes(encode(index_of(entries)))


def entries_of(metadata: Path) -> list[dict[str, Any]]:
    """The descriptors in the index.json of layout/."""
    entries: list[dict[str, Any]] = json.loads((metadata / LAYOUT / INDEX).read_bytes())["manifests"]
    return entries


def save_several(folders: list[Path], out: Path) -> None:
    """Write the metadata of all images of these metadata to `out`, but for what names them in its layout/.

    They have no config.json of their own: that of the first image, which no reader of several asks for, stands in.
    Raises ValueError if there are none.
    """
    if not folders:
        raise ValueError("no images; name at least one")
    images = [Image.load(folder) for folder in folders]
    Image(images[0].config, [layer for image in images for layer in image.layers]).save(out)
    for folder in folders:
        copy_blobs(folder, out / LAYOUT)


def index_of(manifests: list[dict[str, Any]]) -> dict[str, Any]:
    """The image index (image-index.md) of these descriptors."""
    return {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": manifests}


def reference(metadata: Path) -> str:
    """The name:tag for which layout/ was written."""
    return str(json.loads((metadata / LAYOUT / DOCKER_MANIFEST).read_bytes())[0]["RepoTags"][0])


def full_name(name: str) -> str:
    """A name as containerd stores it: with the registry that Docker means by a short name."""
    registry, slash, _ = name.partition("/")
    if slash and (re.search("[.:]", registry) or registry == "localhost"):
        return name
    return f"docker.io/{name}" if slash else f"docker.io/library/{name}"


def put_blob(layout: Path, media_type: str, blob: bytes) -> dict[str, Any]:
    """Store a blob under its digest and return its descriptor."""
    digest = digest_of(blob)
    (layout / blob_path(digest)).write_bytes(blob)
    return descriptor(media_type, digest, len(blob))
