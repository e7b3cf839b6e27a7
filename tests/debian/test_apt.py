"""apt's sources, and what it knows of the packages."""

import pytest

from control import paragraph
from packages import Made
from stack import Stack


@pytest.mark.parametrize("updates", ["", "deb http://deb.example/debian bullseye-updates main contrib\n"])
def test_sources_of_a_list(stack: Stack, updates: str) -> None:
    example = (
        "# deb http://no.example x main\ndeb http://deb.example/debian bullseye main contrib\n"
        f"{updates}deb http://s.example bullseye-security main contrib\n"
        "#deb-src http://deb.example/debian bullseye main\n"
    )
    stack.add(Made("apt", {"usr/share/doc/apt/examples/sources.list": example}), exclude=["usr/share/doc/*"])
    assert stack.text("etc/apt/sources.list").splitlines() == [
        "deb http://deb.example/debian bullseye main",
        "deb http://deb.example/debian bullseye-updates main",
        "deb http://deb.example/debian-security bullseye-security main",
    ]


@pytest.mark.parametrize("suite", ["trixie", "forky"])
def test_sources_of_deb822(stack: Stack, suite: str) -> None:
    """The example that Debian testing's apt has is for the stable release."""
    example = (
        "## a comment\nTypes: deb\nURIs: http://deb.example/debian\nSuites: trixie trixie-updates\n"
        "Components: main contrib non-free\nSigned-By: /k.gpg\n\n## more\nTypes: deb\n"
        "URIs: http://deb.example/debian-security\nSuites: trixie-security\nComponents: main contrib\n"
    )
    stack.add(Made("apt", {"usr/share/doc/apt/examples/debian.sources": example}), suite=suite)
    sources = [paragraph(text) for text in stack.text("etc/apt/sources.list.d/debian.sources").strip().split("\n\n")]
    assert [source["Suites"] for source in sources] == [f"{suite} {suite}-updates", f"{suite}-security"]
    assert {source["Components"] for source in sources} == {"main"}
    assert sources[0]["Signed-By"] == "/k.gpg"


def test_packages_that_nobody_asked_for_are_automatic(stack: Stack) -> None:
    stack.add(
        Made("apt"),
        Made("dash", fields={"Essential": "yes"}),
        Made("data", fields={"Architecture": "all"}),
        manual=["apt"],
    )
    stack.add(Made("git"), Made("libcurl"), manual=["git"])
    states = [paragraph(text) for text in stack.text("var/lib/apt/extended_states").strip().split("\n\n")]
    assert [(state["Package"], state["Architecture"], state["Auto-Installed"]) for state in states] == [
        ("data", "amd64", "1"),
        ("libcurl", "amd64", "1"),
    ]


def test_who_asks_for_a_package_of_a_layer_below_keeps_it(stack: Stack) -> None:
    """apt's autoremove leaves it alone then."""
    stack.add(Made("apt"), Made("libpq5"), Made("libldap"), manual=["apt"])
    stack.add(manual=["libpq5"])
    assert "libpq5" not in stack.text("var/lib/apt/extended_states")
    assert "libldap" in stack.text("var/lib/apt/extended_states")
