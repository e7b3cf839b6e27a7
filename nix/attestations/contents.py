"""What an image consists of: its packages, where they are from, and the files that are no package's."""

import hashlib
import re
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

import oci_layout
import purl
from oci_layout import Image
from system import System

REVISION = "org.opencontainers.image.revision"
SOURCE = "org.opencontainers.image.source"
# The metadata of a distribution in a wheel, be it the wheel's own or one that it has a copy of.
METADATA = re.compile(r"(?:.*/)?[^/]+\.dist-info/METADATA")


@dataclass(frozen=True)
class Package:
    """A package.

    kind      "deb" or "pypi", as in its package URL
    purl      its package URL
    sha256    of its file, in hex; None for one that has no file of its own
    licence   the SPDX expression that its metadata name; None if they name none
    source    the Debian source package that it was built from
    contains  the packages of which its file has copies
    """

    kind: str
    name: str
    version: str
    purl: str
    sha256: str | None = None
    licence: str | None = None
    source: "Package | None" = None
    contains: tuple["Package", ...] = ()


@dataclass(frozen=True)
class File:
    """A file that no package brought; its path in the image has no leading slash, its sums are in hex."""

    path: str
    sha1: str
    sha256: str


@dataclass(frozen=True)
class Contents:
    """An image, and what is in it.

    digest    of the image's manifest
    config    the OCI image config
    release   of Debian, such as "13"; None if it is not known
    packages  ordered by their package URLs
    files     ordered by their paths
    """

    name: str
    tag: str
    digest: str
    config: dict[str, Any]
    release: str | None
    packages: list[Package] = field(default_factory=list)
    files: list[File] = field(default_factory=list)

    @property
    def purl(self) -> str:
        return purl.oci(self.name, self.digest, self.config["architecture"], self.tag)

    @property
    def created(self) -> str:
        """When the image was made, by the date of its packages: in RFC 3339."""
        return str(self.config["created"])


def read(spec: dict[str, Any]) -> Contents:
    """Look up what an image consists of.

    metadata  the folder of its metadata (oci_layout.py), with layers as a registry has them
    debs      [{"name", "file"}]: its Debian packages
    system    the highest Debian layer, which knows all of them (system.py); null if there are none
    wheels    [path]: its wheels. A folder stands for the one wheel in it
    layers    the layers with files that are no package's

    Raises ValueError for a wheel without metadata.
    """
    metadata = Path(spec["metadata"])
    name, _, tag = oci_layout.reference(metadata).rpartition(":")
    system = System.load(Path(spec["system"])) if spec["system"] else System()
    release = _release(system)
    debs = [_deb(system.packages[deb["name"]].fields, Path(deb["file"]), release) for deb in spec["debs"]]
    wheels = [_wheel(_file(Path(path))) for path in spec["wheels"]]
    files = [file for layer in spec["layers"] for file in _files(Path(layer, "layer.tar"))]
    return Contents(
        name=name,
        tag=tag,
        digest=oci_layout.entries_of(metadata)[0]["digest"],
        config=Image.load(metadata).parsed_config,
        release=release,
        packages=sorted(debs + wheels, key=lambda package: package.purl),
        files=sorted(files, key=lambda file: file.path),
    )


def _release(system: System) -> str | None:
    """Debian's number, with which the version of this package begins: "13.8+deb13u1"."""
    base_files = system.packages.get("base-files")
    return re.split(r"\D", base_files.fields["Version"], maxsplit=1)[0] if base_files else None


def _deb(fields: dict[str, str], file: Path, release: str | None) -> Package:
    """The package of a control paragraph. Its field Source says, as in "gcc-14 (14.2.0-19)", where it differs."""
    name, version = fields["Package"], fields["Version"]
    source, _, source_version = fields.get("Source", name).rstrip(")").partition(" (")
    source_version = source_version or version
    upstream = source if source_version == version else f"{source}@{source_version}"
    return Package(
        kind="deb",
        name=name,
        version=version,
        purl=purl.deb(name, version, fields["Architecture"], release, None if upstream == name else upstream),
        sha256=_sum(file),
        source=Package("deb", source, source_version, purl.deb(source, source_version, "source", release)),
    )


def _file(path: Path) -> Path:
    return next(path.glob("*.whl")) if path.is_dir() else path


def _wheel(file: Path) -> Package:
    with zipfile.ZipFile(file) as archive:
        names = sorted(filter(METADATA.fullmatch, archive.namelist()), key=lambda name: (name.count("/"), name))
        if not names or names[0].count("/") != 1:
            raise ValueError(f"{file.name}: is a wheel without metadata; build it again")
        own, *copies = [HeaderParser().parsestr(archive.read(name).decode(errors="replace")) for name in names]
    return _project(own, sha256=_sum(file), contains=tuple(map(_project, copies)))


def _project(fields: Any, **further: Any) -> Package:
    """The package of core metadata."""
    name, version = str(fields["Name"]), str(fields["Version"])
    return Package(
        kind="pypi",
        name=name,
        version=version,
        purl=purl.pypi(name, version),
        licence=_licence(fields["License-Expression"]),
        **further,
    )


def _licence(expression: str | None) -> str | None:
    """An SPDX expression in its canonical form; None for none, and for one that means nothing outside the package."""
    try:
        canonical = canonicalize_license_expression(expression or "")
    except InvalidLicenseExpression:
        return None
    return None if "LicenseRef-" in canonical else canonical


def _files(layer: Path) -> Iterator[File]:
    with tarfile.open(layer) as tar:
        for member in tar:
            if member.isreg() and (file := tar.extractfile(member)):
                content = file.read()
                sha1 = hashlib.sha1(content, usedforsecurity=False)
                yield File(member.name, sha1.hexdigest(), hashlib.sha256(content).hexdigest())


def _sum(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
