"""Package URLs: names of packages that scanners of all ecosystems understand (the purl specification)."""

import re
from urllib.parse import quote


def deb(name: str, version: str, architecture: str, release: str | None = None, source: str | None = None) -> str:
    """The package URL of a Debian package, or with the architecture "source" of a source package.

    release  of Debian, such as "13"
    source   the source package and, if it differs, its version: "glibc" or "shadow@1:4.13+dfsg1-1"

    Example:
        deb("libc6", "2.41-12", "amd64", "13", "glibc")
        == "pkg:deb/debian/libc6@2.41-12?arch=amd64&distro=debian-13&upstream=glibc"
    """
    qualifiers = {"arch": architecture, "distro": release and f"debian-{release}", "upstream": source}
    given = "&".join(f"{key}={_encoded(value)}" for key, value in qualifiers.items() if value)
    return f"pkg:deb/debian/{_encoded(name)}@{_encoded(version)}?{given}"


def pypi(name: str, version: str) -> str:
    """The package URL of a Python project's release, whose name is normalised.

    Example: pypi("Foo.Bar", "1.0+local") == "pkg:pypi/foo-bar@1.0%2Blocal"
    """
    return f"pkg:pypi/{_encoded(re.sub('[-_.]+', '-', name).lower())}@{_encoded(version)}"


def oci(name: str, digest: str, architecture: str, tag: str) -> str:
    """The package URL of an image, whose name may have a registry and folders.

    Example:
        oci("team/app", "sha256:…", "arm64", "1") == "pkg:oci/app@sha256:…?arch=arm64&tag=1"
    """
    return f"pkg:oci/{_encoded(name.rpartition('/')[2])}@{_encoded(digest)}?arch={architecture}&tag={_encoded(tag)}"


def _encoded(text: str) -> str:
    """Percent-encoded, but for what the specification leaves: letters, digits, and these."""
    return quote(text, safe=".-_~:")
