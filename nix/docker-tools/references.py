"""The names that images have in an archive or a layout, and the choice of one by them."""

from typing import Any, NamedTuple

from oci_layout import full_name
from value_checks import shown

# What an entry of an index calls its image: containerd's annotation has its name, OCI's its name or its tag alone.
ANNOTATIONS = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
# The most names that an error tells.
MOST = 10


class Reference(NamedTuple):
    """The name and the tag of an image, or of one that is wanted; what is None is not said."""

    name: str | None
    tag: str | None

    def __str__(self) -> str:
        return shown(f"{self.name or ''}:{self.tag}" if self.tag else self.name or "")

    def means(self, other: "Reference") -> bool:
        """Whether this is what the other says. A short name is the one that Docker means by it."""
        if self.name is not None and (other.name is None or full_name(self.name) != full_name(other.name)):
            return False
        return self.tag in (None, other.tag)


def of_docker(entry: dict[str, Any]) -> list[Reference]:
    """The names of an image of Docker's manifest."""
    return [_parsed(text) for text in entry.get("RepoTags") or []]


def of_index(entry: dict[str, Any]) -> list[Reference]:
    """The names of an image of an index."""
    annotations = entry.get("annotations") or {}
    return [_parsed(annotations[key]) for key in ANNOTATIONS if key in annotations]


def choose(images: list[tuple[Any, list[Reference]]], wanted: Reference) -> Any:
    """The one image that has the wanted name; each comes with its names. Raises ValueError if that is not one."""
    chosen = [image for image, names in images if wanted == (None, None) or any(map(wanted.means, names))]
    if len(chosen) == 1:
        return chosen[0]
    names = list(dict.fromkeys(str(name) for _, names in images for name in names))[:MOST]
    known = ", ".join(names) or "none that has a name"
    if images and not chosen:
        raise ValueError(f"holds no image {wanted}, but {known}; change fromImageName and fromImageTag")
    raise ValueError(
        f"holds {len(chosen)} images for this platform"
        + (
            f", {known}; choose one with fromImageName and fromImageTag"
            if chosen
            else "; save one, or change architecture"
        )
    )


def _parsed(text: str) -> Reference:
    name, colon, tag = text.rpartition(":")
    if colon and "/" not in tag:
        return Reference(name, tag)
    return Reference(text, None) if "/" in text else Reference(None, text)
