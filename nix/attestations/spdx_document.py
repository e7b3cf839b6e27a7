"""The contents of an image → its bill of materials as SPDX 2.3, in JSON.

Sections are those of the SPDX specification 2.3. What it leaves to the tool is chosen so that the same image has the
same document, byte for byte.
"""

import hashlib
import re
import uuid
from pathlib import Path
from typing import Any

import contents
from contents import Contents, Package
from oci_layout import encode

Element = dict[str, Any]

DOCUMENT = "SPDXRef-DOCUMENT"
IMAGE = "SPDXRef-Image"
SYSTEM = "SPDXRef-OperatingSystem"
FILES = "SPDXRef-Files"
UNKNOWN = "NOASSERTION"
TOOL = "Tool: uvicorn-gunicorn-fastapi"


def build(spec: dict[str, Any], out: Path) -> None:
    """Write the document of the image that contents.read finds by `spec` to the file `out`."""
    out.write_bytes(encode(document(contents.read(spec))))


def document(of: Contents) -> Element:
    """The document (section 6 of the specification) of an image."""
    packages = [_image(of)]
    relations = [(DOCUMENT, "DESCRIBES", IMAGE)]
    if of.release:
        packages.append(_package(SYSTEM, "debian", of.release, primaryPackagePurpose="OPERATING-SYSTEM"))
        relations.append((IMAGE, "CONTAINS", SYSTEM))
    sources: dict[str, Element] = {}
    for package in of.packages:
        entry = _described(package)
        packages.append(entry)
        relations.append((IMAGE, "CONTAINS", entry["SPDXID"]))
        for copy in package.contains:
            inside = _described(copy, within=package)
            packages.append(inside)
            relations.append((entry["SPDXID"], "CONTAINS", inside["SPDXID"]))
        if package.source:
            source = sources.setdefault(package.source.purl, _described(package.source))
            relations.append((entry["SPDXID"], "GENERATED_FROM", source["SPDXID"]))
    files = [_file(file) for file in of.files]
    packages.append(_own_files(of))
    relations.append((IMAGE, "CONTAINS", FILES))
    relations += [(FILES, "CONTAINS", file["SPDXID"]) for file in files]
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": DOCUMENT,
        "name": f"{of.name}:{of.tag}",
        # It has to be unique, not to lead anywhere (6.5).
        "documentNamespace": f"https://spdx.org/spdxdocs/{uuid.uuid5(uuid.NAMESPACE_URL, of.purl)}",
        "creationInfo": {"created": of.created, "creators": [TOOL]},
        "packages": [*packages, *(sources[purl] for purl in sorted(sources))],
        "files": files,
        "relationships": [
            {"spdxElementId": element, "relationshipType": kind, "relatedSpdxElement": related}
            for element, kind, related in relations
        ],
    }


def _image(of: Contents) -> Element:
    return _package(IMAGE, of.name, of.digest, of.purl, primaryPackagePurpose="CONTAINER") | {
        "checksums": [_sum("SHA256", of.digest.removeprefix("sha256:"))]
    }


def _own_files(of: Contents) -> Element:
    """The entry of all files that no package brought, with their verification code (7.9)."""
    code = hashlib.sha1("".join(sorted(file.sha1 for file in of.files)).encode(), usedforsecurity=False).hexdigest()
    return _package(FILES, f"{of.name} files", of.tag) | {
        "filesAnalyzed": True,
        "packageVerificationCode": {"packageVerificationCodeValue": code},
        "licenseInfoFromFiles": [UNKNOWN],
    }


def _described(package: Package, within: Package | None = None) -> Element:
    """The entry of a package, or of the copy of one in the file of another."""
    kind = "source" if "?arch=source" in package.purl else package.kind
    place = f"{within.purl} {package.purl}" if within else package.purl
    entry = _package(_identifier(kind, package.name, place), package.name, package.version, package.purl)
    if package.kind == "deb":
        entry["supplier"] = "Organization: Debian"
    if package.source:
        entry["sourceInfo"] = f"built package from: {package.source.name} {package.source.version}"
    if package.sha256:
        entry["checksums"] = [_sum("SHA256", package.sha256)]
    if package.licence:
        entry["licenseDeclared"] = package.licence
    return entry


def _package(identifier: str, name: str, version: str, purl: str | None = None, **further: str) -> Element:
    """An entry of a package (section 7)."""
    locator = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}
    return {
        "SPDXID": identifier,
        "name": name,
        "versionInfo": version,
        "downloadLocation": UNKNOWN,
        "filesAnalyzed": False,
        "licenseConcluded": UNKNOWN,
        "licenseDeclared": UNKNOWN,
        "copyrightText": UNKNOWN,
        **({"externalRefs": [locator]} if purl else {}),
        **further,
    }


def _file(file: contents.File) -> Element:
    """An entry of a file (section 8)."""
    return {
        "SPDXID": _identifier("file", Path(file.path).name, file.path),
        "fileName": f"./{file.path}",
        "checksums": [_sum("SHA1", file.sha1), _sum("SHA256", file.sha256)],
        "licenseConcluded": UNKNOWN,
        "licenseInfoInFiles": [UNKNOWN],
        "copyrightText": UNKNOWN,
    }


def _sum(algorithm: str, value: str) -> dict[str, str]:
    return {"algorithm": algorithm, "checksumValue": value}


def _identifier(kind: str, name: str, unique: str) -> str:
    """An SPDXID: it takes letters, digits, dots and hyphens alone."""
    return f"SPDXRef-{kind}-{re.sub('[^A-Za-z0-9.]', '-', name)}-{hashlib.sha256(unique.encode()).hexdigest()[:12]}"


if __name__ == "__main__":
    from builder import run

    run("attestations", build)
