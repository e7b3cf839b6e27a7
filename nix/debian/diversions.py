"""dpkg's diversions: which files stand aside for those of another package.

They are read from the calls of dpkg-divert(1) in the scripts; those of the layers' own are in System.diversions.
"""

from collections.abc import Iterator

import scripts
from system import Package, System, Target
from tree import Entry, text

SOURCES = ()
# How many words the loops of one script may go through, and how long a path may be in a call. Real ones: 10 and 50.
MOST = 10_000
LONGEST_PATH = 1000

# The path, where the diverted file stands instead, and the package whose file has the path; LOCAL if none has it.
Diversion = tuple[str, str, str]
LOCAL = ":"


def compose(system: System, target: Target) -> Iterator[Entry]:
    """dpkg's list of them."""
    if "dpkg" not in system.packages:
        return
    found = {diversion for package in system.packages.values() for diversion in (*_added(package), *_claimed(package))}
    found |= {(f"/{path}", f"/{aside}", LOCAL) for path, aside in system.diversions.items()}
    yield text(
        "var/lib/dpkg/diversions", "".join(f"{path}\n{aside}\n{package}\n" for path, aside, package in sorted(found))
    )


def _claimed(package: Package) -> list[Diversion]:
    """The diversions of dash, by the calls of a function of its postinst, with which it takes /bin/sh over.

    Debian 11 and 12 do so. A claim without a name for the diverted file has it at PATH.distrib.
    """
    script = package.info.get("postinst", "")
    if "--add $dfile" not in script:
        return []
    found = []
    for call in scripts.calls(script, "claim_binsh"):
        match call.split()[1:]:
            case [path, _, *rest] if path.startswith("/") and len(rest) < 2:
                found.append((path, rest[0] if rest else f"{path}.distrib", package.name))
    return found


def _added(package: Package) -> list[Diversion]:
    """The diversions that preinst adds with literal arguments, or for each word of a `for` loop around the call.

    Raises ValueError if they are more than MOST.
    """
    # The variable of the last loop, with a dollar sign, and its words. Before any loop, no variable is known.
    variable, values = "$", ["$"]
    found: list[Diversion] = []
    tried = 0
    for call in scripts.calls(package.info.get("preinst", ""), "for", "dpkg-divert"):
        match call.partition(";")[0].split():
            case ["for", name, "in", *words]:
                variable, values = f"${name}", words
            case ["dpkg-divert", *words]:
                tried += len(values)
                found += _diversions(words, variable, values[:MOST], package.name)
        if tried > MOST:
            raise ValueError(f"{package.name}: preinst: adds more than {MOST} diversions; leave the package out")
    return found


def _diversions(words: list[str], variable: str, values: list[str], package: str) -> Iterator[Diversion]:
    """Those of one call, whose arguments are `words`, for each of `values` in the place of the variable."""
    words = [word.strip('"') for word in words]
    if "--add" not in words or "--divert" not in words[:-2] or _owner(words) not in ("", package):
        return
    aside, path = words[words.index("--divert") + 1], words[-1]
    if len(aside + path) > LONGEST_PATH:
        return
    for value in values if variable in path else [variable]:
        diverted, kept = path.replace(variable, value), aside.replace(variable, value)
        if diverted.startswith("/") and kept.startswith("/") and "$" not in diverted + kept:
            yield diverted, kept, package


def _owner(words: list[str]) -> str:
    return words[words.index("--package") + 1] if "--package" in words else ""
