"""The control paragraph of a package (deb-control(5), deb822(5))."""

import re

# The fields without which a package can't be installed, and what their values may be (deb-version(7)).
REQUIRED = {
    "Package": re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]{0,127}"),
    "Version": re.compile(r"(\d+:)?\d[A-Za-z0-9.+~:-]{0,127}", re.ASCII),
    "Architecture": re.compile(r"[a-z0-9][a-z0-9-]{0,63}"),
}
# These belong to dpkg's own list of what is installed.
OF_THE_STATUS = ("Status", "Config-Version", "Conffiles")

FIELD_NAME = re.compile(r"[!-,.-9;-~][!-9;-~]*")
UNCLEAN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
# A file of control.tar. dpkg makes the list itself.
FILE_NAME = re.compile(r"(?!list$)[A-Za-z0-9][A-Za-z0-9+._-]{0,63}")


def package_fields(content: bytes) -> dict[str, str]:
    """The fields of a package's control file, by name, with all that REQUIRED names. Raises ValueError."""
    try:
        fields = paragraph(content.decode())
    except UnicodeDecodeError:
        raise ValueError("control is not UTF-8") from None
    for name, pattern in REQUIRED.items():
        if name not in fields:
            raise ValueError(f"control has no field {name}")
        if not pattern.fullmatch(fields[name]):
            raise ValueError(f"control: {name} can't be {_shown(fields[name])}")
    for name, value in fields.items():
        if name in OF_THE_STATUS:
            raise ValueError(f"control has a field {name}, which only dpkg may set")
        if UNCLEAN.search(value):
            raise ValueError(f"control: {name} has control characters")
    return fields


def paragraph(text: str) -> dict[str, str]:
    """The fields of one control paragraph, by name; a folded field keeps its line breaks. Raises ValueError."""
    fields: dict[str, list[str]] = {}
    name = ""
    for line in text.rstrip("\n").split("\n"):
        if line[:1] in (" ", "\t"):
            if not name:
                raise ValueError("control begins with a continuation line")
            fields[name].append(line.rstrip())
        else:
            name, colon, value = line.partition(":")
            if not colon or not FIELD_NAME.fullmatch(name):
                raise ValueError(f"control: {_shown(line)} is not a field")
            if name in fields:
                raise ValueError(f"control has two fields {_shown(name)}")
            fields[name] = [value.lstrip() if name == "Description" else value.strip()]
    return {name: "\n".join(lines) for name, lines in fields.items()}


def _shown(text: str) -> str:
    return ascii(text if len(text) <= 60 else f"{text[:60]}...")
