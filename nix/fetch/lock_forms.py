"""The forms of what a lock names, matched once more before pip reads it: nix/pyproject/lock-forms.nix has them, too."""

import re
from functools import partial

from fetch_error import FetchError, brief
from pinned_files import Distribution, Wheel

MOST, MOST_URL = 200, 2048  # characters of any of them, and of a URL
_compile = partial(re.compile, flags=re.ASCII | re.IGNORECASE)

# A file's name: {name}-{version}(-{build})?-{python}-{abi}-{platform}.whl; each tag may be a dotted set.
WHEEL = _compile(r"[a-z0-9._]+-[a-z0-9._+!]+(-[0-9][a-z0-9._]*)?(-[a-z0-9._]+){3}\.whl")
_SDIST = _compile(r"[a-z0-9_][a-z0-9._+!-]*\.(zip|tgz|tbz|txz|tar\.(gz|bz2|xz|z))")
_URL = _compile(r"(https?|file)://[!-Z^-~]+")  # without brackets, which only an address of IPv6 has
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
    "a sha256": re.compile("[0-9a-f]{64}"),
}


def check_forms(file: Distribution) -> None:
    """Raises FetchError unless each part of what describes `file` has its form from end to end."""
    name_form = ("the name of a wheel", WHEEL) if isinstance(file, Wheel) else ("the name of an sdist", _SDIST)
    given = [
        *zip((file.project, file.version, file.sha256), _FORMS.items(), strict=True),
        (file.filename, name_form),
        *((url, ("a URL of http, https or file", _URL)) for url in (file.index, file.url) if url),
    ]
    for value, (what, form) in given:
        if len(value) > (MOST_URL if form is _URL else MOST) or not form.fullmatch(value):
            raise FetchError(f"{brief(file.name)}: {brief(repr(value))} is not {what}; make the lock again by its tool")


def requirement(wheel: Wheel) -> str:
    """The line of a requirements file that asks for exactly this wheel, without a line break.

    In such a file, a space, a line break or a dash can begin an option that makes pip build a source distribution and
    run its code. So each part must have its form.
    Raises FetchError.
    """
    check_forms(wheel)
    return f"{wheel.project}=={wheel.version} --hash=sha256:{wheel.sha256}"
