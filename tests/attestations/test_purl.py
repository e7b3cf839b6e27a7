"""Package URLs, held against the library that knows their specification."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import purl

packageurl = pytest.importorskip("packageurl", reason="packageurl-python is not installed; scripts/check installs it")

NAMES = st.from_regex(r"[a-z0-9][a-z0-9+.-]{0,20}", fullmatch=True)
VERSIONS = st.from_regex(r"([0-9]{1,2}:)?[0-9][A-Za-z0-9.+~-]{0,20}", fullmatch=True)


@given(NAMES, VERSIONS, st.sampled_from(["amd64", "all", "source"]), st.none() | st.just("13"), st.none() | NAMES)
def test_debian_packages(name: str, version: str, architecture: str, release: str | None, source: str | None) -> None:
    qualifiers = {"arch": architecture, "distro": release and f"debian-{release}", "upstream": source}
    given = {key: value for key, value in qualifiers.items() if value}
    expected = packageurl.PackageURL("deb", "debian", name, version, qualifiers=given)
    assert packageurl.PackageURL.from_string(purl.deb(name, version, architecture, release, source)) == expected


@given(st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,20}[A-Za-z0-9])?", fullmatch=True), VERSIONS)
def test_python_projects(name: str, version: str) -> None:
    found = packageurl.PackageURL.from_string(purl.pypi(name, version))
    assert (found.type, found.version) == ("pypi", version)
    assert found.name.replace("-", "") == name.lower().replace("-", "").replace("_", "").replace(".", "")


def test_images() -> None:
    found = packageurl.PackageURL.from_string(purl.oci("registry.example/team/app", "sha256:1", "arm64", "1.0"))
    assert (found.type, found.name, found.version) == ("oci", "app", "sha256:1")
    assert found.qualifiers == {"arch": "arm64", "tag": "1.0"}
