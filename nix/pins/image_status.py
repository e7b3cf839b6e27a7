"""An image's packages as apt shall see them: the status file of dpkg that stands for the image."""

from collections.abc import Collection, Iterator, Mapping, Sequence

# What apt is told of a package that is installed. What that one depends on is left out, since a minimal image does
# without some of it.
KEPT = ("Architecture", "Multi-Arch", "Provides", "Conflicts", "Breaks")
# Of these, what the same package in another version says is true enough.
KEPT_OF_ANOTHER = KEPT[:3]

# The priorities of what every Debian system has. Other packages name it for the sake of their maintainer scripts, which
# never run. Perl's interpreter is the exception: what names it runs on it.
PRESUMED = ("required", "important")
INTERPRETERS = ("perl-base",)
LIBRARIES = ("libs", "oldlibs")

Paragraph = Mapping[str, str]


def status(
    wanted: Collection[str],
    installed: Mapping[str, str],
    omitted: Mapping[str, str],
    paragraphs: Sequence[Paragraph],
    architecture: str,
) -> str:
    """The status file of an image for this architecture.

    wanted      names that the user asks for
    installed   name → version of what the image has
    omitted     the same for what it does without: this counts as installed if it is none of `wanted` and no library
    paragraphs  what archives say of packages, in any version
    """
    known: dict[str, list[Paragraph]] = {}
    for paragraph in paragraphs:
        known.setdefault(paragraph["Package"], []).append(paragraph)
    presumed = {
        name: version
        for name, version in omitted.items()
        if name not in wanted and name in known and _is_presumed(known[name][0])
    }
    return "".join(
        "\n".join([*_lines(name, version, known.get(name, []), architecture), "", ""])
        for name, version in (presumed | dict(installed)).items()
    )


def _is_presumed(paragraph: Paragraph) -> bool:
    if paragraph["Package"] in INTERPRETERS:
        return False
    essential = paragraph.get("Essential") == "yes"
    is_library = paragraph.get("Section") in LIBRARIES
    return essential or (paragraph.get("Priority") in PRESUMED and not is_library)


def _lines(name: str, version: str, known: Sequence[Paragraph], architecture: str) -> Iterator[str]:
    same = [paragraph for paragraph in known if paragraph["Version"] == version]
    fields = {"Architecture": architecture, **(same or known or [{}])[0]}
    yield f"Package: {name}"
    yield "Status: install ok installed"
    yield f"Version: {version}"
    for field in KEPT if same else KEPT_OF_ANOTHER:
        if field in fields:
            yield f"{field}: {fields[field]}"
