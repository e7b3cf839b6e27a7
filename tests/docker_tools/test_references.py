"""Which image of an archive or a layout with several is the base image."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from foreign_archive import EMPTY_LAYER, Files, config_of, describe, digest, pack, split

FULL, BARE = "io.containerd.image.name", "org.opencontainers.image.ref.name"
# Of three images, what they are told apart by.
USERS = ("a", "b", "c")
CONFIGS = {user: config_of(EMPTY_LAYER, config={"User": user}) for user in USERS}
MANIFESTS = {
    user: json.dumps({"config": describe(config), "layers": [describe(EMPTY_LAYER)]}).encode()
    for user, config in CONFIGS.items()
}


def saved(names: dict[str, list[str]]) -> Files:
    """As docker save writes images with these names."""
    manifest = [
        {"Config": f"{digest(CONFIGS[user])[7:]}.json", "RepoTags": tags or None, "Layers": ["a.tar"]}
        for user, tags in names.items()
    ]
    configs = {f"{digest(CONFIGS[user])[7:]}.json": CONFIGS[user] for user in names}
    return {"manifest.json": json.dumps(manifest).encode(), **configs, "a.tar": EMPTY_LAYER}


def indexed(names: dict[str, list[dict[str, str]]]) -> Files:
    """An OCI image layout with an entry for each set of annotations."""
    entries = [
        describe(MANIFESTS[user]) | {"annotations": annotations} for user, sets in names.items() for annotations in sets
    ]
    blobs = [*(CONFIGS[user] for user in names), *(MANIFESTS[user] for user in names), EMPTY_LAYER]
    return {
        "index.json": json.dumps({"manifests": entries}).encode(),
        **{f"blobs/sha256/{digest(blob)[7:]}": blob for blob in blobs},
    }


ARCHIVES: list[Files] = [
    saved({"a": ["team/x:1", "x:old"], "b": ["x:2"], "c": ["registry.example:5000/x:2"]}),
    indexed(
        {
            "a": [{FULL: "docker.io/team/x:1", BARE: "1"}, {FULL: "docker.io/library/x:old", BARE: "old"}],
            "b": [{BARE: "docker.io/library/x:2"}],
            "c": [{BARE: "registry.example:5000/x:2"}],
        }
    ),
]
Choose = Callable[..., str]


@pytest.fixture(params=ARCHIVES, ids=["docker", "layout"])
def choose(request: pytest.FixtureRequest, tmp_path: Path) -> Choose:
    """choose(fromImageName=…, fromImageTag=…) -> the user of the image that is found."""
    archive = pack(tmp_path / "x.tar", request.param)

    def run(**wanted: Any) -> str:
        base = split(archive, tmp_path / "base", **wanted)
        return str(json.loads((base / "config.json").read_bytes())["config"]["User"])

    return run


@pytest.mark.parametrize(
    ("name", "tag", "user"),
    [
        ("team/x", "1", "a"),
        ("docker.io/team/x", "1", "a"),
        ("x", "old", "a"),
        ("x", "2", "b"),
        ("docker.io/library/x", "2", "b"),
        ("registry.example:5000/x", None, "c"),
        (None, "1", "a"),
    ],
)
def test_an_image_is_chosen_by_its_name(choose: Choose, name: str | None, tag: str | None, user: str) -> None:
    assert choose(fromImageName=name, fromImageTag=tag) == user


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({}, "holds 3 images for this platform, .*team/x:1.*; choose one with fromImageName and fromImageTag"),
        ({"fromImageName": "x"}, "holds 2 images"),
        ({"fromImageTag": "2"}, "holds 2 images"),
        ({"fromImageName": "x", "fromImageTag": "3"}, "holds no image x:3, but .*team/x:1.*; change fromImageName"),
        ({"fromImageName": "y"}, "holds no image y, but"),
        ({"fromImageName": "example/x", "fromImageTag": "2"}, "holds no image"),
    ],
)
def test_no_other_image_is_taken(choose: Choose, wanted: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        choose(**wanted)


def test_one_image_under_several_names_is_one(tmp_path: Path) -> None:
    for number, files in enumerate((saved({"a": ["x:1", "x:2"]}), indexed({"a": [{BARE: "1"}, {BARE: "2"}]}))):
        base = split(pack(tmp_path / "x.tar", files), tmp_path / f"base{number}")
        assert (base / "config.json").read_bytes() == CONFIGS["a"]


def test_names_are_for_one_platform(tmp_path: Path) -> None:
    """The index of an image for several platforms has its name alone; that of the platforms, none."""
    inner = json.dumps(
        {
            "manifests": [
                describe(MANIFESTS["a"]) | {"platform": {"os": "linux", "architecture": "amd64"}},
                describe(MANIFESTS["b"]) | {"platform": {"os": "linux", "architecture": "arm64"}},
            ]
        }
    ).encode()
    files = indexed({"a": [], "b": [], "c": [{FULL: "docker.io/library/y:1"}]})
    index = json.loads(bytes(files["index.json"]))  # type: ignore[arg-type]
    index["manifests"].append(describe(inner) | {"annotations": {FULL: "docker.io/library/x:1"}})
    files |= {"index.json": json.dumps(index).encode(), f"blobs/sha256/{digest(inner)[7:]}": inner}
    base = split(pack(tmp_path / "x.tar", files), tmp_path / "base", fromImageName="x", fromImageTag="1")
    assert (base / "config.json").read_bytes() == CONFIGS["a"]


def test_an_archive_without_names(tmp_path: Path) -> None:
    archive = pack(tmp_path / "x.tar", saved({"a": []}))
    split(archive, tmp_path / "base")
    with pytest.raises(ValueError, match="holds no image x:1, but none that has a name"):
        split(archive, tmp_path / "other", fromImageName="x", fromImageTag="1")
