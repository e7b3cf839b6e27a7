"""Whether the requirements of installed distributions hold, as `pip check` sees it.

What one lock has was resolved together: where its packages contradict each other, somebody had the lock's tool override
a requirement, exclude a package or take its metadata from elsewhere. That is told, as pip tells it. Where packages of
one lock join those of another, nobody has resolved them together: there, a requirement that does not hold is an error.
"""

from collections.abc import Mapping, Sequence
from email.message import Message
from typing import NamedTuple

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

# The longest requirement that is read.
LONGEST = 10_000


class Distribution(NamedTuple):
    """What is installed. `lock` says which lock it is from; None stands for the project's own."""

    metadata: Message
    lock: str | None

    @property
    def name(self) -> str:
        """The normal form of its name."""
        return canonicalize_name(self.metadata["Name"])

    @property
    def version(self) -> str:
        return str(self.metadata["Version"]).strip()

    @property
    def label(self) -> str:
        origin = f" of {self.lock}" if self.lock else ""
        return f"{self.name} {self.version}{origin}"

    def requirements(self, environment: Mapping[str, str]) -> list[Requirement]:
        """Those that hold in the environment without an extra; what is no requirement is left out."""
        found = []
        for text in self.metadata.get_all("Requires-Dist", []):
            try:
                requirement = Requirement(" ".join(str(text).split()) if len(str(text)) <= LONGEST else "")
            except (InvalidRequirement, RecursionError):
                continue
            if requirement.marker is None or _holds(requirement.marker, environment):
                found.append(requirement)
        return found


class Problem(NamedTuple):
    """A requirement that does not hold, in words. It is an error if `joined` names a package of another lock."""

    text: str
    joined: str | None


def problems(
    distributions: Sequence[Distribution], environment: Mapping[str, str], below: Sequence[Distribution] = ()
) -> list[Problem]:
    """Return what does not hold of these distributions, beside those `below` them.

    `environment` has the variables of PEP 508 but for `extra`.
    It is an error if one of the two packages has joined from another lock, or if a package that has joined lacks one.
    """
    installed = {distribution.name: distribution for distribution in [*below, *distributions]}
    python = environment["python_full_version"]
    found = []
    for distribution in distributions:
        joined = distribution.name if distribution.lock else None
        wanted = distribution.metadata["Requires-Python"] or ""
        if not _contains(wanted, python):
            found.append(Problem(f"{distribution.label} requires Python {wanted}, but this is {python}", joined))
        for requirement in distribution.requirements(environment):
            text = f"{distribution.label} requires {_shown(requirement)}"
            other = installed.get(canonicalize_name(requirement.name))
            if other is None:
                found.append(Problem(f"{text}, which is not installed", joined))
            elif not _contains(requirement.specifier, other.version):
                between = (joined or other.name) if distribution.lock != other.lock else None
                found.append(Problem(f"{text}, but {other.label} is installed", between))
    return found


def _holds(marker: Marker, environment: Mapping[str, str]) -> bool:
    try:
        return marker.evaluate({**environment, "extra": ""})
    except (UndefinedComparison, UndefinedEnvironmentName, InvalidVersion, RecursionError):
        return False


def _contains(specifiers: str | SpecifierSet, version: str) -> bool:
    """Whether the version fits; what is no specifier, or no version, forbids nothing, as no installer can follow it."""
    try:
        return SpecifierSet(str(specifiers)).contains(Version(version), prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True


def _shown(requirement: Requirement) -> str:
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"{requirement.name}{extras}{requirement.specifier}"
