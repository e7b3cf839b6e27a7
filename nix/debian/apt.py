"""apt's sources, state and the settings that suit an image."""

import re
from collections.abc import Iterator

from system import Package, System, Target
from tree import Entry, text

EXAMPLES = "usr/share/doc/apt/examples"
SOURCES = (f"{EXAMPLES}/sources.list", f"{EXAMPLES}/debian.sources")
COMPONENT = "main"

# A file of an image that stays behind in a lower layer costs space for ever, so apt keeps no packages and no caches.
CLEAN = """\
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::Languages "none";
Apt::AutoRemove::SuggestsImportant "false";
"""


def compose(system: System, target: Target) -> Iterator[Entry]:
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
        lines = [line for line in example.splitlines() if not line.startswith("#")]
        sources = re.sub(r"^(Components: ).*$", rf"\1{COMPONENT}", "\n".join(lines), flags=re.MULTILINE)
        yield text("etc/apt/sources.list.d/debian.sources", sources.strip("\n") + "\n")
    elif SOURCES[0] in system.sources:
        found = re.findall(r"^deb (\S+) (\S+) ", system.source(SOURCES[0]), flags=re.MULTILINE)
        # Debian's own images have both archives on one host, so that it is enough to let that one through.
        main = found[0][0].rstrip("/")
        found = [(f"{main}-security" if name.endswith("-security") else uri, name) for uri, name in found]
        # Not every suite's example has the updates.
        suites = [
            (uri, suite) for uri, name in found for suite in ([name] if "-" in name else [name, f"{name}-updates"])
        ]
        entries = dict.fromkeys(f"deb {uri} {suite} {COMPONENT}\n" for uri, suite in suites)
        yield text("etc/apt/sources.list", "".join(entries))
