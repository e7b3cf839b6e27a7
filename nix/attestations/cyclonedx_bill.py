"""The contents of an image → its bill of materials as CycloneDX 1.6 (ECMA-424), in JSON."""

import uuid
from pathlib import Path
from typing import Any

import contents
from contents import Contents, Package
from oci_layout import encode

Element = dict[str, Any]


def build(spec: dict[str, Any], out: Path) -> None:
    """Write the bill of the image that contents.read finds by `spec` to the file `out`."""
    out.write_bytes(encode(bill(contents.read(spec))))


def bill(of: Contents) -> Element:
    """The bill of an image."""
    image = _component("container", of.name, of.digest, of.purl) | {
        "hashes": [_hash("SHA-256", of.digest.removeprefix("sha256:"))]
    }
    components = [_library(package) for package in of.packages]
    if of.release:
        components.append({"type": "operating-system", "bom-ref": "os", "name": "debian", "version": of.release})
    components += [
        {
            "type": "file",
            "bom-ref": f"file:{file.path}",
            "name": f"/{file.path}",
            "hashes": [_hash("SHA-1", file.sha1), _hash("SHA-256", file.sha256)],
        }
        for file in of.files
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, of.purl)}",
        "version": 1,
        "metadata": {"timestamp": of.created, "component": image},
        "components": components,
        "dependencies": [
            {"ref": image["bom-ref"], "dependsOn": sorted(component["bom-ref"] for component in components)}
        ],
    }


def _library(package: Package, within: str = "") -> Element:
    """The component of a package, which holds those that it has copies of. `within` begins its reference."""
    component = _component("library", package.name, package.version, package.purl, within)
    if package.sha256:
        component["hashes"] = [_hash("SHA-256", package.sha256)]
    if package.licence:
        component["licenses"] = [{"expression": package.licence}]
    if package.source:
        source = package.source
        component["pedigree"] = {
            "ancestors": [_component("library", source.name, source.version, source.purl, f"{package.purl} from ")]
        }
    if package.contains:
        component["components"] = [_library(copy, f"{package.purl} has ") for copy in package.contains]
    return component


def _component(kind: str, name: str, version: str, purl: str, within: str = "") -> Element:
    return {"type": kind, "bom-ref": within + purl, "name": name, "version": version, "purl": purl}


def _hash(algorithm: str, content: str) -> dict[str, str]:
    return {"alg": algorithm, "content": content}


if __name__ == "__main__":
    from builder import run

    run("attestations", build)
