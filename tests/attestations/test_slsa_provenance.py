"""What the provenance of an image says, in the words of in-toto's Statement v1 and SLSA's Provenance v1."""

import hashlib
import json
from pathlib import Path
from typing import Any

import oci_layout
import slsa_provenance

TOOL = {"name": "busybox-static", "version": "1:1.35.0-4", "architecture": "amd64", "sha256": "12" * 32}


def statement(spec: dict[str, Any], folder: Path, revision: str | None = "4567") -> Any:
    slsa_provenance.build(spec | {"revision": revision, "tools": [TOOL]}, folder / "provenance.json")
    return json.loads((folder / "provenance.json").read_text())


def test_its_subject_is_the_image(spec: dict[str, Any], tmp_path: Path) -> None:
    said = statement(spec, tmp_path)
    digest = oci_layout.entries_of(Path(spec["metadata"]))[0]["digest"]
    assert said["_type"] == "https://in-toto.io/Statement/v1"
    assert [subject["digest"] for subject in said["subject"]] == [{"sha256": digest.removeprefix("sha256:")}]
    assert said["predicateType"] == "https://slsa.dev/provenance/v1"


def test_its_materials_are_all_that_was_pinned(spec: dict[str, Any], tmp_path: Path) -> None:
    materials = statement(spec, tmp_path)["predicate"]["buildDefinition"]["resolvedDependencies"]
    sums = {material["digest"].get("sha256") for material in materials}
    files = [Path(deb["file"]) for deb in spec["debs"]] + [Path(path) for path in spec["wheels"]]
    assert {hashlib.sha256(file.read_bytes()).hexdigest() for file in files} | {TOOL["sha256"]} == sums - {None}
    commits = [
        {key: value for key, value in material.items() if key != "digest"} | material["digest"]
        for material in materials
        if "gitCommit" in material["digest"]
    ]
    assert commits == [
        {"name": "source", "uri": "https://git.example/app", "gitCommit": "0123"},
        {"name": "images", "gitCommit": "4567"},
    ]


def test_without_a_commit_none_is_claimed(spec: dict[str, Any], tmp_path: Path) -> None:
    materials = statement(spec, tmp_path, revision=None)["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert [material["name"] for material in materials if "gitCommit" in material["digest"]] == ["source"]
