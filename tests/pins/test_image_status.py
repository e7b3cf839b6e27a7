"""What apt is told of an image's packages."""

from typing import Any

from image_status import status

SHELL = {"Package": "dash", "Version": "2", "Essential": "yes", "Priority": "required", "Section": "shells"}
LIBC_BIN = {"Package": "libc-bin", "Version": "2", "Essential": "yes", "Priority": "required", "Section": "libs"}
PERL = {"Package": "perl-base", "Version": "2", "Essential": "yes", "Priority": "required", "Section": "perl"}
DEBCONF = {"Package": "debconf", "Version": "2", "Priority": "important", "Section": "admin"}
LIBRARY = {"Package": "libgmp10", "Version": "2", "Priority": "required", "Section": "libs"}
OTHER = {"Package": "openssl", "Version": "2", "Priority": "optional", "Section": "utils"}


def paragraphs(wanted: list[str], installed: dict[str, str], omitted: dict[str, str], *known: Any) -> dict[str, Any]:
    """The paragraphs of the status file, by the packages' names."""
    text = status(wanted, installed, omitted, known, "arm64")
    found = [dict(line.split(": ", 1) for line in part.splitlines()) for part in text.split("\n\n") if part]
    return {paragraph.pop("Package"): paragraph for paragraph in found}


def test_what_an_image_has_is_installed_whatever_it_depends_on() -> None:
    known = {
        "Package": "a",
        "Version": "2",
        "Architecture": "all",
        "Provides": "p",
        "Depends": "x",
        "Breaks": "b (<< 2)",
    }
    assert paragraphs([], {"a": "2"}, {}, known | {"Version": "3", "Breaks": "c"}, known) == {
        "a": {
            "Status": "install ok installed",
            "Version": "2",
            "Architecture": "all",
            "Provides": "p",
            "Breaks": "b (<< 2)",
        }
    }


def test_a_version_that_the_archives_no_longer_have() -> None:
    """What a newer one breaks would stand in the way of the image's own."""
    newer = {"Package": "a", "Version": "3", "Architecture": "all", "Provides": "p", "Breaks": "b (<< 3)"}
    installed = "install ok installed"
    assert paragraphs([], {"a": "2", "b": "2"}, {}, newer) == {
        "a": {"Status": installed, "Version": "2", "Architecture": "all", "Provides": "p"},
        "b": {"Status": installed, "Version": "2", "Architecture": "arm64"},
    }


def test_what_an_image_does_without_counts_as_there_but_for_libraries_and_perl() -> None:
    known = (SHELL, LIBC_BIN, PERL, DEBCONF, LIBRARY, OTHER)
    omitted = {paragraph["Package"]: "2" for paragraph in known}
    assert paragraphs([], {}, omitted, *known).keys() == {"dash", "libc-bin", "debconf"}
    # Who asks for it gets it.
    assert paragraphs(["dash"], {}, omitted, *known).keys() == {"libc-bin", "debconf"}
    # Nobody knows what kind of package it is.
    assert paragraphs([], {}, {"unknown": "1"}, *known) == {}
