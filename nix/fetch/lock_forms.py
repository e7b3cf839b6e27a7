"""The forms of what a lock names, matched once more before pip reads it: nix/pyproject/lock-forms.nix has them, too."""

import re
from functools import partial

from fetch_error import FetchError, brief
from pinned_files import Wheel

MOST = 200  # characters of any of them
_compile = partial(re.compile, flags=re.ASCII | re.IGNORECASE)

# A file's name: {name}-{version}(-{build})?-{python}-{abi}-{platform}.whl; each tag may be a dotted set.
WHEEL = _compile(r"[a-z0-9._]+-[a-z0-9._+!]+(-[0-9][a-z0-9._]*)?(-[a-z0-9._]+){3}\.whl")
_FORMS = {
    "the name of a project": _compile("[a-z0-9]([a-z0-9._-]*[a-z0-9])?"),  # PEP 508
    # PEP 440: epoch, release, pre-release, post-release, development release, local version.
    "a version": _compile(
        r"v?([0-9]+!)?[0-9]+(\.[0-9]+)*"
        r"([-_.]?(alpha|beta|preview|pre|rc|a|b|c)[-_.]?[0-9]*)?"
        r"(-[0-9]+|[-_.]?(post|rev|r)[-_.]?[0-9]*)?"
        r"([-_.]?dev[-_.]?[0-9]*)?"
        r"(\+[a-z0-9]+([-_.][a-z0-9]+)*)?"
    ),
    "the name of a wheel": WHEEL,
    "a sha256": re.compile("[0-9a-f]{64}"),
}


def requirement(wheel: Wheel) -> str:
    """The line of a requirements file that asks for exactly this wheel, without a line break.

    In such a file, a space, a line break or a dash can begin an option that makes pip build a source distribution and
    run its code. So each part must have its form from end to end.
    Raises FetchError.
    """
    given = (wheel.project, wheel.version, wheel.filename, wheel.sha256)
    for value, (what, form) in zip(given, _FORMS.items(), strict=True):
        if len(value) > MOST or not form.fullmatch(value):
            raise FetchError(
                f"{brief(wheel.name)}: {brief(repr(value))} is not {what}; make the lock again by its tool"
            )
    return f"{wheel.project}=={wheel.version} --hash=sha256:{wheel.sha256}"
