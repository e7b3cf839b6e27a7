"""apt's sources, state and the settings that suit an image."""

import re
from collections.abc import Iterator

from system import Package, System, Target
from tree import Entry, text

EXAMPLES = "usr/share/doc/apt/examples"
SOURCES = (f"{EXAMPLES}/sources.list", f"{EXAMPLES}/debian.sources")
# Of the components that the example names, the one that all packages of the images come from.
COMPONENT = "main"

# A file that one layer adds takes space in the image even if a later layer deletes it. So apt keeps no packages and no
# caches, no matter in which RUN of a Dockerfile it is used.
CLEAN = """\
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::Languages "none";
Apt::AutoRemove::SuggestsImportant "false";
"""


def compose(system: System, target: Target) -> Iterator[Entry]:
    """The sources, the settings, and which packages apt's autoremove may remove."""
    if "apt" not in system.packages:
        return
    yield from _sources(system, target)
    yield text("etc/apt/apt.conf.d/docker", CLEAN)
    automatic = [package for _, package in sorted(system.packages.items()) if not package.manual]
    if automatic:
        yield text(
            "var/lib/apt/extended_states", "".join(f"{_extended_state(package, target)}\n" for package in automatic)
        )


def _extended_state(package: Package, target: Target) -> str:
    architecture = package.fields["Architecture"].replace("all", target.architecture)
    return f"Package: {package.name}\nArchitecture: {architecture}\nAuto-Installed: 1\n"


def _sources(system: System, target: Target) -> Iterator[Entry]:
    """The sources of the suite, from the example in the apt package, which names Debian's own hosts."""
    if SOURCES[1] in system.sources:
        example = system.source(SOURCES[1])
        lines = [_field(line, target.suite) for line in example.splitlines() if not line.startswith("#")]
        yield text("etc/apt/sources.list.d/debian.sources", "\n".join(lines).strip("\n") + "\n")
    elif SOURCES[0] in system.sources:
        found = re.findall(r"^deb (\S+) (\S+) ", system.source(SOURCES[0]), flags=re.MULTILINE)
        if not found:
            raise ValueError(f"{SOURCES[0]}: has no line for packages; leave apt out")
        # The example has the security archive on a host of its own. Take the main one's, as Debian's own images do:
        # then a firewall needs to let one host through.
        main = found[0][0].rstrip("/")
        found = [(f"{main}-security" if name.endswith("-security") else uri, name) for uri, name in found]
        # Not every suite's example names the updates.
        suites = [
            (uri, suite) for uri, name in found for suite in ([name] if "-" in name else [name, f"{name}-updates"])
        ]
        entries = dict.fromkeys(f"deb {uri} {suite} {COMPONENT}\n" for uri, suite in suites)
        yield text("etc/apt/sources.list", "".join(entries))


def _field(line: str, suite: str) -> str:
    """A field of the example as the image has it. In Debian testing's apt, the example names the stable release."""
    if line.startswith("Components: "):
        return f"Components: {COMPONENT}"
    if line.startswith("Suites: "):
        # "trixie trixie-updates"
        return " ".join(["Suites:", *(re.sub("^[^-]*", suite, name) for name in line.split()[1:])])
    return line
