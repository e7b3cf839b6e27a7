"""Layers and a config → the metadata of an image, as oci_layout.py describes them."""

import json
from pathlib import Path
from typing import Any

import created
import lower_layers
import merged_layer
import oci_config
import oci_layout
import store_layer
import store_references
from oci_layout import Image, Layer
from reference_grammar import HOST, REPOSITORY, TAG
from value_checks import positive, require, text_like, whole_number

# What the history calls a layer, and the layer.
NamedLayer = tuple[str, Layer]

# More than these, Docker does not load.
MAX_LAYERS = 125

# Engines take 64 hexadecimal digits for an image ID.
_NAME = rf"(?=.{{1,255}}\Z)(?![a-f0-9]{{64}}\Z)({HOST}/)?{REPOSITORY}"
# Those of Go, as OCI has them, on which Linux runs.
_ARCHITECTURE = "386|amd64|arm|arm64|loong64|mips|mipsle|mips64|mips64le|ppc64|ppc64le|riscv64|s390x"

# What tells the processors of one architecture apart, as Docker's own images have it.
_VARIANTS = {"arm64": "v8"}


def _time(where: str, value: Any) -> None:
    try:
        created.utc(value)
    except (TypeError, ValueError):
        require(False, where, value, "a UTC time such as 2026-01-31T09:30:00Z, or a date such as 2026-01-31")


CHECKS = {
    "name": text_like(_NAME, "an image name such as registry.example/team/app, in lower case and without a tag"),
    "tag": text_like(TAG, "a tag: at most 128 of A-Z a-z 0-9 _ . -, not . or - first"),
    "created": _time,
    "architecture": text_like(_ARCHITECTURE, "an architecture such as amd64 (for x86_64) or arm64 (for aarch64)"),
    "maxLayers": positive,
    "uid": whole_number,
    "gid": whole_number,
}
# What these are if the spec does not say it.
DEFAULTS = {"maxLayers": 100, "uid": 0, "gid": 0, "storeRoots": 0}


def build(spec: dict[str, Any], out: Path) -> None:
    """Write the metadata of the image `spec` to `out`.

    name, tag         the image reference is name:tag
    os, architecture  as in GOOS and GOARCH
    created           see created.utc
    config            see oci_config
    layers            [{"name": for the history, "path": layer directory}], lowest first
    fromImage         the metadata of the base image, or null
    maxLayers         of the image: the lowest above the base become one to keep to it
    storeRoots        how many files store-root-NUMBER (store_references.py) are in this folder; the paths that they
                      name become the lowest layer above the base, which uid and gid own

    Raises ValueError for what the specification or an engine would refuse.
    """
    spec = DEFAULTS | spec
    _check(spec)
    base = _read_base(spec)
    own = [
        *_store_layer(spec, base, out),
        *((layer["name"], Layer.of_folder(layer["path"])) for layer in spec["layers"]),
    ]
    own = _at_most(own, min(spec["maxLayers"], MAX_LAYERS) - len(base.layers), out)
    image = Image(oci_layout.encode(_image_config(spec, base, own)), [*base.layers, *(layer for _, layer in own)])
    image.save(out)
    oci_layout.write_layout(out, spec["name"], spec["tag"], image)


def _check(spec: dict[str, Any]) -> None:
    for key, check in CHECKS.items():
        check(key, spec[key])
    oci_config.check(spec["config"])


def _read_base(spec: dict[str, Any]) -> Image:
    """The base image, or one that has nothing. Raises ValueError if it is for another platform."""
    if spec["fromImage"] is None:
        return Image(b"{}", [])
    base = Image.load(Path(spec["fromImage"]))
    config = json.loads(base.config)
    for key in ("os", "architecture"):
        if config[key] != spec[key]:
            raise ValueError(f"fromImage is for {config[key]}, the image for {spec[key]}; make {key} the same")
    return base


def _store_layer(spec: dict[str, Any], base: Image, out: Path) -> list[NamedLayer]:
    """The layer of the store paths that the image needs and its base lacks, if there are any."""
    paths = store_references.referenced(Path(f"store-root-{number}") for number in range(spec["storeRoots"]))
    below = lower_layers.read(Path(layer.path) for layer in base.layers) if paths else {}
    missing = sorted(path for path in paths if path.strip("/") not in below)
    if not missing:
        return []
    store_layer.write(out / "store", missing, below, spec["uid"], spec["gid"])
    return [("store paths", Layer.of_folder(f"{out}/store"))]


def _at_most(layers: list[NamedLayer], number: int, out: Path) -> list[NamedLayer]:
    """These layers, of which the lowest are one if there would be more than that number."""
    if len(layers) <= number:
        return layers
    if number < 1:
        raise ValueError(
            f"fromImage has as many layers as maxLayers allows; raise maxLayers; engines load {MAX_LAYERS} at most"
        )
    cut = len(layers) - number + 1
    lowest, others = layers[:cut], layers[cut:]
    merged_layer.write(out / "merged", [Path(layer.path) for _, layer in lowest])
    return [(", ".join(name for name, _ in lowest), Layer.of_folder(f"{out}/merged")), *others]


def _image_config(spec: dict[str, Any], base: Image, own: list[NamedLayer]) -> dict[str, Any]:
    inherited = json.loads(base.config)
    time = created.utc(spec["created"])
    history = [{"created": time, "created_by": name} for name, _ in own]
    layers = [*base.layers, *(layer for _, layer in own)]
    variant = inherited.get("variant") if spec["fromImage"] else _VARIANTS.get(spec["architecture"])
    return {
        "architecture": spec["architecture"],
        **({"variant": variant} if variant else {}),
        "os": spec["os"],
        "created": time,
        "config": oci_config.merge(inherited.get("config") or {}, spec["config"]),
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        "history": _base_history(inherited.get("history") or [], len(base.layers)) + history,
    }


def _base_history(history: list[dict[str, Any]], layers: int) -> list[dict[str, Any]]:
    """The base's history, if it has one entry for each of its layers; else one of that length.

    An engine takes the entries and the layers pairwise: with one too few, our own would describe the wrong layers.
    """
    described = [entry for entry in history if not entry.get("empty_layer")]
    return history if len(described) == layers else [{"created_by": "fromImage"}] * layers


if __name__ == "__main__":
    from builder import run

    run("docker-tools", build)
