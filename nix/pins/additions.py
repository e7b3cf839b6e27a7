"""What apps ask for beside the packages of their images, and what apt makes of it."""

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import image_status
from additions_lock import Answer, Images
from forms import ARCHITECTURE, ARCHIVE, IMAGE, PACKAGE, SHA256, SOURCE, VERSION, Form, matches
from lock import Package
from private_apt import PrivateApt
from update_error import UpdateError

# The versions of packages by their names, for each Debian architecture.
Versions = dict[str, dict[str, str]]

MEND = "mend `debian` in flake.nix"
MOST_NAMED = 5  # packages in one message


@dataclass(frozen=True)
class Request:
    """What one image of an app asks for, as nix/pins/additions.nix has it.

    image      the pins and the variant, such as "trixie-slim"
    packages   the names that the app wants, sorted
    archives   the suites of each archive
    created    seconds since 1970: the newest date of the archives that the image's own packages are from
    installed  the image's own packages
    omitted    those that the image does without, though Debian takes them to be there
    input      the hash of all that but `created`
    """

    image: str
    packages: list[str]
    archives: dict[str, list[str]]
    created: int
    installed: Versions
    omitted: Versions
    input: str

    @property
    def key(self) -> str:
        """Its name in the lock."""
        return f"{self.image}: {' '.join(self.packages)}"


def read(value: Any) -> Request:
    """The request that a JSON value is. Raises ValueError."""
    match value:
        case {
            "image": image,
            "packages": [*packages],
            "archives": dict(archives),
            "created": int(created),
            "installed": dict(installed),
            "omitted": dict(omitted),
            "input": input_,
        } if (
            matches(image, IMAGE)
            and matches(input_, SHA256)
            and all(matches(name, PACKAGE) for name in packages)
            and all(matches(name, ARCHIVE) and _all(SOURCE, suites) for name, suites in archives.items())
            and _are_versions(installed)
            and _are_versions(omitted)
        ):
            return Request(image, packages, archives, created, installed, omitted, input_)
    raise ValueError


def _all(form: Form, values: Any) -> bool:
    return isinstance(values, list) and all(matches(value, form) for value in values)


def _are_versions(value: dict[Any, Any]) -> bool:
    return all(
        matches(architecture, ARCHITECTURE)
        and isinstance(versions, dict)
        and all(matches(name, PACKAGE) and matches(version, VERSION) for name, version in versions.items())
        for architecture, versions in value.items()
    )


def resolve(requests: Iterable[Request], mirrors: Mapping[str, str], keyring: Path) -> Images:
    """The answer to each request. `mirrors` and `keyring` are as for resolve.resolve. Raises UpdateError, OSError."""
    answers: Images = {}
    apts: dict[str, PrivateApt] = {}
    with tempfile.TemporaryDirectory() as folder:
        for request in {request.key: request for request in requests}.values():
            packages = {}
            for architecture in request.installed:
                # Reading the archives takes longer than anything else, and images mostly have the same.
                archives = f"{architecture} {request.archives}"
                if archives not in apts:
                    root = Path(folder, str(len(apts)))
                    apts[archives] = PrivateApt(root, architecture, request.archives, mirrors, keyring)
                packages[architecture] = _resolve(request, architecture, apts[archives])
            answers[request.key] = Answer(input=request.input, packages=packages)
    return answers


def _resolve(request: Request, architecture: str, apt: PrivateApt) -> list[Package]:
    """What installing the packages in the image adds to it, and nothing else: its own packages stay as they are."""
    installed, omitted = request.installed[architecture], request.omitted.get(architecture, {})
    for name in request.packages:
        if not apt.knows(name):
            near = get_close_matches(name, apt.names(), cutoff=0.8)
            hint = f" (similar: {', '.join(near)})" if near else ""
            suites = ", ".join(suite for suites in request.archives.values() for suite in suites)
            raise UpdateError(f"{name}: no package of {suites} has this name{hint}; {MEND}")
    paragraphs = apt.show([*installed, *omitted])
    apt.assume(image_status.status(request.packages, installed, omitted, paragraphs, architecture))
    try:
        added = apt.install_beside(request.packages, fix=MEND)
    except UpdateError:
        _blame_old_packages(request, installed, apt)
        raise
    there = installed.keys() | {package["name"] for package in added}
    if missing := [name for name in request.packages if name not in there]:
        others = [package["name"] for package in added if _provides(apt, package["name"], missing[0])]
        chosen = f": {' '.join(others)}" if others else ""
        raise UpdateError(f"{missing[0]}: apt chose another package for this name{chosen}; name that one in `debian`")
    return added


def _provides(apt: PrivateApt, name: str, other: str) -> bool:
    return any(other in paragraph.get("Provides", "").replace(",", " ").split() for paragraph in apt.show([name]))


def _blame_old_packages(request: Request, installed: Mapping[str, str], apt: PrivateApt) -> None:
    """Raise UpdateError if the packages could be had as soon as some of the image's own were newer."""
    try:
        newer = apt.install(request.packages, fix="")
    except UpdateError:
        return
    # apt may fetch the image's own version again: its paragraph in the archive says more than the status file does.
    behind = [
        f"{package['name']} {installed[package['name']]} (now {package['version']})"
        for package in newer
        if installed.get(package["name"], package["version"]) != package["version"]
    ]
    if behind:
        more = f" and {len(behind) - MOST_NAMED} more" if behind[MOST_NAMED:] else ""
        day = datetime.fromtimestamp(request.created, UTC).date()
        raise UpdateError(
            f"{' '.join(request.packages)}: needs newer packages than {request.image} has: "
            f"{', '.join(behind[:MOST_NAMED])}{more}; run nix flake update, which brings newer images, "
            f"or give a snapshot of {day} by --debian-mirror URL"
        ) from None
