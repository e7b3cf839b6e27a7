"""Both bills of materials, read by the libraries of their formats."""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

import contents
import cyclonedx_bill
import spdx_document
from made_up_wheel import made_up_wheel

reader = pytest.importorskip("spdx_tools.spdx.parser.parse_anything", reason="spdx-tools is not installed")
validator = pytest.importorskip("spdx_tools.spdx.validation.document_validator")
cyclonedx_schema = pytest.importorskip("cyclonedx.schema", reason="cyclonedx-python-lib is not installed")
cyclonedx_json = pytest.importorskip("cyclonedx.validation.json")

Spec = dict[str, Any]


def spdx(spec: Spec, folder: Path) -> Any:
    """The document, if it is valid."""
    file = folder / "sbom.spdx.json"
    spdx_document.build(spec, file)
    document = reader.parse_file(str(file))
    assert validator.validate_full_spdx_document(document) == []
    return document


def cyclonedx(spec: Spec, folder: Path) -> Any:
    """The bill, if it is valid."""
    file = folder / "sbom.cdx.json"
    cyclonedx_bill.build(spec, file)
    text = file.read_text()
    assert cyclonedx_json.JsonStrictValidator(cyclonedx_schema.SchemaVersion.V1_6).validate_str(text) is None
    return json.loads(text)


def purls(package: Any) -> list[str]:
    return [reference.locator for reference in package.external_references]


def relations(document: Any, kind: str) -> set[tuple[str, str]]:
    """Which package stands to which in a relation of this kind, by their names."""
    names = {package.spdx_id: package.name for package in document.packages}
    return {
        (names.get(relation.spdx_element_id, ""), names.get(relation.related_spdx_element_id, ""))
        for relation in document.relationships
        if relation.relationship_type.name == kind
    }


def test_spdx_names_every_package(spec: Spec, tmp_path: Path) -> None:
    found = {package.name: package for package in spdx(spec, tmp_path).packages}
    assert purls(found["libstdc++6"]) == [
        "pkg:deb/debian/libstdc%2B%2B6@14.2.0-19?arch=amd64&distro=debian-13&upstream=gcc-14"
    ]
    assert purls(found["login"])[0].endswith("&upstream=util-linux%402.41-5")
    assert purls(found["Foo.x"]) == ["pkg:pypi/foo-x@1.0"]
    assert purls(found["Bar_Baz"]) == ["pkg:pypi/bar-baz@2.0%2Blocal"]
    assert str(found["Foo.x"].license_declared) == "MIT OR Apache-2.0"
    # The text of this licence is known to nobody.
    assert str(found["Bar_Baz"].license_declared) == "NOASSERTION"
    assert found["registry.example/team/app"].primary_package_purpose.name == "CONTAINER"


@pytest.mark.parametrize("name", ["login", "Foo.x"])
def test_spdx_has_the_sums_of_the_files(spec: Spec, tmp_path: Path, name: str) -> None:
    (package,) = (package for package in spdx(spec, tmp_path).packages if package.name == name)
    file = Path(spec["wheels"][0]) if name == "Foo.x" else tmp_path / f"{name}.deb"
    assert [sum.value for sum in package.checksums] == [hashlib.sha256(file.read_bytes()).hexdigest()]


def test_spdx_says_what_contains_what(spec: Spec, tmp_path: Path) -> None:
    document = spdx(spec, tmp_path)
    image, files = "registry.example/team/app", "registry.example/team/app files"
    assert relations(document, "DESCRIBES") == {("", image)}
    within = {name for holder, name in relations(document, "CONTAINS") if holder == image}
    assert within == {"debian", "base-files", "libstdc++6", "login", "Foo.x", files}
    assert ("Foo.x", "Bar_Baz") in relations(document, "CONTAINS")
    assert relations(document, "GENERATED_FROM") == {
        *(("base-files", "base-files"), ("libstdc++6", "gcc-14"), ("login", "util-linux")),
    }
    assert {file.name for file in document.files} == {"./main.py", "./etc/motd"}


def test_cyclonedx_has_the_same(spec: Spec, tmp_path: Path) -> None:
    bill = cyclonedx(spec, tmp_path)
    components = {component["name"]: component for component in bill["components"]}
    assert components.keys() == {"base-files", "libstdc++6", "login", "Foo.x", "debian", "/main.py", "/etc/motd"}
    document = spdx(spec, tmp_path)
    for package in document.packages:
        if package.name in components and package.external_references and package.checksums:
            assert components[package.name]["purl"] == purls(package)[0]
            assert components[package.name]["hashes"][0]["content"] == package.checksums[0].value
    assert [copy["name"] for copy in components["Foo.x"]["components"]] == ["Bar_Baz"]
    (source,) = components["login"]["pedigree"]["ancestors"]
    assert (source["name"], source["version"]) == ("util-linux", "2.41-5")
    assert bill["metadata"]["component"]["version"] == document.packages[0].version


@pytest.mark.parametrize("build", [spdx_document.build, cyclonedx_bill.build])
def test_the_bytes_are_always_the_same(spec: Spec, tmp_path: Path, build: Any) -> None:
    for name, debs in (("one", spec["debs"]), ("two", spec["debs"][::-1])):
        build(spec | {"debs": debs}, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_an_image_of_nothing(spec: Spec, tmp_path: Path) -> None:
    empty = spec | {"debs": [], "system": None, "wheels": [], "layers": []}
    assert len(spdx(empty, tmp_path).packages) == 2
    assert cyclonedx(empty, tmp_path)["components"] == []


def test_a_wheel_in_a_folder_is_taken(spec: Spec) -> None:
    assert contents.read(spec | {"wheels": [str(Path(spec["wheels"][0]).parent)]}) == contents.read(spec)


def test_a_wheel_without_metadata_is_refused(spec: Spec, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("x/_vendor/y-1.0.dist-info/METADATA", "Name: y\nVersion: 1.0\n")
    with pytest.raises(ValueError, match="is a wheel without metadata; build it again"):
        contents.read(spec | {"wheels": [str(tmp_path / "x-1.0-py3-none-any.whl")]})


@pytest.mark.parametrize("expression", ["no licence", "MIT AND", "Proprietary", "LicenseRef-own OR MIT", "x" * 10**5])
def test_an_expression_that_means_nothing_elsewhere_is_left_out(spec: Spec, tmp_path: Path, expression: str) -> None:
    wheel = made_up_wheel(tmp_path, "own", {}, metadata=[f"License-Expression: {expression}"])
    found = {package.name: package for package in spdx(spec | {"wheels": [wheel["path"]]}, tmp_path).packages}
    assert str(found["own"].license_declared) == "NOASSERTION"
