"""Which known vulnerabilities the Debian packages of an image have, by a file of Debian's security tracker.

Run as `audit_image.py --suite=SUITE --sbom=FILE TRACKER`: the code name of the Debian that the image is made of, the
image's bill of materials in SPDX, and the tracker's data in JSON:
    {source package: {"CVE-…": {"releases": {suite: {"status", "fixed_version", "urgency"}}}}}
Each vulnerability is a line of the output. The exit status is 1 if an update would mend one.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deb_version import DebVersion
from fetch_error import printable
from ship_error import ShipError

# What the tracker gives as the version of a fix where the suite never had the flaw.
NEVER = "0"


@dataclass(frozen=True, order=True)
class Finding:
    """A vulnerability of a source package; `fixed` is the version without it, if the suite has one."""

    source: str
    version: str
    name: str
    fixed: str | None
    urgency: str

    def __str__(self) -> str:
        said = f"fixed in {self.fixed}" if self.fixed else f"no fix yet ({self.urgency})"
        return f"{self.source} {self.version}: {self.name}: {said}"


def sources(sbom: Any) -> list[tuple[str, str]]:
    """The source packages and their versions, of a bill of materials as spdx_document.py writes it."""
    return sorted(
        {
            (package["name"], package["versionInfo"])
            for package in sbom["packages"]
            for reference in package.get("externalRefs", [])
            if "?arch=source" in reference["referenceLocator"]
        }
    )


def findings(packages: list[tuple[str, str]], tracker: Any, suite: str) -> Iterator[Finding]:
    """The vulnerabilities of these packages in the suite. Raises ValueError for data of another form."""
    for source, version in packages:
        for name, about in tracker.get(source, {}).items():
            release = about["releases"].get(suite, {})
            fixed = release.get("fixed_version")
            urgency = str(release.get("urgency", "not yet assigned"))
            if release.get("status") == "open":
                yield Finding(source, version, name, None, urgency)
            elif fixed and fixed != NEVER and DebVersion(version) < DebVersion(fixed):
                yield Finding(source, version, name, fixed, urgency)


def audit(sbom: Path, tracker: Path, suite: str) -> list[Finding]:
    """The vulnerabilities, ordered by packages. Raises ShipError."""
    try:
        data = json.loads(tracker.read_bytes())
        return sorted(findings(sources(json.loads(sbom.read_bytes())), data, suite), key=str)
    except OSError as error:
        raise ShipError(f"{error.filename}: {error.strerror}; name a file with the data of Debian's tracker") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ShipError(f"{tracker}: is not the JSON data of Debian's security tracker; download it again") from None


def main() -> int:
    """Runs the program; gives its exit status."""
    parser = argparse.ArgumentParser(prog="audit", allow_abbrev=False)
    parser.add_argument("--suite", required=True)
    parser.add_argument("--sbom", type=Path, required=True)
    parser.add_argument("tracker", type=Path)
    options = parser.parse_args()
    try:
        found = audit(options.sbom, options.tracker, options.suite)
    except ShipError as error:
        sys.exit(f"audit: {error}")
    for finding in found:
        print(printable(str(finding)))
    mended = sum(finding.fixed is not None for finding in found)
    print(f"audit: {len(found)} known, of which an update mends {mended}", file=sys.stderr)
    return 1 if mended else 0


if __name__ == "__main__":
    sys.exit(main())
