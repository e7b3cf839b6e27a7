"""What `audit` says of an image's packages."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import audit_image
from audit_image import audit
from ship_error import ShipError

SBOM = {
    "packages": [
        {
            "name": name,
            "versionInfo": version,
            "externalRefs": [{"referenceLocator": f"pkg:deb/debian/{name}?arch={kind}"}],
        }
        for name, version, kind in [
            ("openssl", "3.5.1-1", "source"),
            ("zlib", "1:1.3-1", "source"),
            ("libssl3", "9", "amd64"),
        ]
    ]
    + [{"name": "debian", "versionInfo": "13"}]
}


def flaw(status: str = "resolved", fixed: str | None = None, suite: str = "trixie") -> dict[str, Any]:
    release = {"status": status, "urgency": "high"} | ({"fixed_version": fixed} if fixed else {})
    return {"releases": {suite: release}}


TRACKER = {
    "openssl": {
        "CVE-1": flaw(fixed="3.5.1-1+deb13u1"),
        "CVE-2": flaw(fixed="3.5.1-1"),
        "CVE-3": flaw(fixed="0"),
        "CVE-4": flaw(status="open"),
        "CVE-5": flaw(status="open", suite="bookworm"),
    },
    "zlib": {"CVE-6": flaw(fixed="2.0-1")},
    "libssl3": {"CVE-7": flaw(status="open")},
}


@pytest.fixture
def sbom(tmp_path: Path) -> Path:
    (tmp_path / "sbom").write_text(json.dumps(SBOM))
    return tmp_path / "sbom"


@pytest.fixture
def tracker(tmp_path: Path) -> Path:
    (tmp_path / "tracker").write_text(json.dumps(TRACKER))
    return tmp_path / "tracker"


def test_what_is_open_or_fixed_in_a_newer_version(sbom: Path, tracker: Path) -> None:
    assert [str(finding) for finding in audit(sbom, tracker, "trixie")] == [
        "openssl 3.5.1-1: CVE-1: fixed in 3.5.1-1+deb13u1",
        "openssl 3.5.1-1: CVE-4: no fix yet (high)",
    ]
    assert [finding.name for finding in audit(sbom, tracker, "bookworm")] == ["CVE-5"]


@pytest.mark.parametrize(("suite", "status"), [("trixie", 1), ("bookworm", 0), ("sid", 0)])
def test_the_exit_status_says_whether_an_update_helps(
    sbom: Path,
    tracker: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    suite: str,
    status: int,
) -> None:
    monkeypatch.setattr(sys, "argv", ["audit", f"--suite={suite}", f"--sbom={sbom}", str(tracker)])
    assert audit_image.main() == status
    assert f"of which an update mends {status}" in capsys.readouterr().err


@pytest.mark.parametrize(
    "content", ["", "[]", "{", "<html>", '{"openssl": 1}', '{"openssl": {"CVE-1": {}}}', "[" * 10**5]
)
def test_other_data_is_told_in_a_line(sbom: Path, tracker: Path, content: str) -> None:
    tracker.write_text(content)
    with pytest.raises(ShipError, match="is not the JSON data of Debian's security tracker; "):
        audit(sbom, tracker, "trixie")


def test_a_file_that_is_not_there(sbom: Path, tmp_path: Path) -> None:
    with pytest.raises(ShipError, match="No such file or directory; "):
        audit(sbom, tmp_path / "none", "trixie")
