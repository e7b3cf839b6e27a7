"""dpkg's diversions: which files stand aside for those of another package.

They are read from the calls of dpkg-divert(1) in the scripts.
"""

import re
from collections.abc import Iterator

from system import Package, System, Target
from tree import Entry, text

SOURCES = ()

LOOP = re.compile(r"\bfor (\w+) in ([^;\n]+);? *(?:do)?$")
ADD = re.compile(r'\s*dpkg-divert (?=.*--add\b).*--divert "?([^\s"]+)"? .*?"?([^\s"]+)"?$')
# The calls of a function of dash's postinst, by which dash takes /bin/sh over in Debian 11 and 12.
CLAIM = re.compile(r"^\s+claim_binsh (/\S+) \S+(?:\s+\\\n\s+(/\S+))?$", re.MULTILINE)

# The path, where the diverted file stands instead, and the package whose file has the path.
Diversion = tuple[str, str, str]


def compose(system: System, target: Target) -> Iterator[Entry]:
    """dpkg's list of them."""
    if "dpkg" not in system.packages:
        return
    found = {diversion for package in system.packages.values() for diversion in (*_added(package), *_claimed(package))}
    yield text(
        "var/lib/dpkg/diversions", "".join(f"{path}\n{aside}\n{package}\n" for path, aside, package in sorted(found))
    )


def _claimed(package: Package) -> list[Diversion]:
    """The diversions of dash; a claim without a name for the diverted file has it at PATH.distrib."""
    script = package.info.get("postinst", "")
    calls = CLAIM.findall(script) if "--add $dfile" in script else []
    return [(path, aside or f"{path}.distrib", package.name) for path, aside in calls]


def _added(package: Package) -> Iterator[Diversion]:
    """The diversions that preinst adds with literal arguments, or for each word of a `for` loop around the call."""
    # The variable of the last loop, with a dollar sign, and its words. Before any loop, no variable is known.
    loop: tuple[str, list[str]] = ("$", [])
    for line in package.info.get("preinst", "").splitlines():
        if found := LOOP.search(line):
            loop = (f"${found[1]}", found[2].split())
        if added := ADD.match(line):
            aside, path = added.groups()
            variable, values = loop
            for value in values if variable in path else [variable]:
                diverted, kept = path.replace(variable, value), aside.replace(variable, value)
                if "$" not in diverted + kept:
                    yield diverted, kept, package.name
