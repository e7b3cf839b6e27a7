"""What an update changed, in lines for a person."""

from collections.abc import Iterable, Iterator, Sequence

from lock import Layers, Package


def describe(old: Layers, new: Layers) -> list[str]:
    """What differs between the packages of two locks, layer by layer; empty if nothing does.

    Example: describe(old, new) == ["base (amd64)", "  openssl 3.5.1 → 3.5.2", "  added: dash 0.5, mawk 1.3"]
    """
    lines = []
    for architecture in _keys(old, new):
        old_layers, new_layers = old.get(architecture, {}), new.get(architecture, {})
        for layer in _keys(old_layers, new_layers):
            changes = list(_changes(old_layers.get(layer, []), new_layers.get(layer, [])))
            if changes or layer not in old_layers or layer not in new_layers:
                lines += [f"{layer} ({architecture})", *(f"  {change}" for change in changes)]
    return lines


def rebuild(python: str | None, images: Iterable[str]) -> str:
    """What to build again after a change of pins: of these images, those of this Python; or the checks.

    Example: rebuild("3.9", ["image-py39", "image-py39-slim", "image-py311"]) == "rebuild: image-py39, image-py39-slim"
    """
    if python is None:
        return "rebuild: all checks"
    image = f"image-py{python.replace('.', '')}"
    names = [name for name in images if name == image or name.startswith(f"{image}-")]
    return f"rebuild: {', '.join(names or [image])}"


def _changes(old: Sequence[Package], new: Sequence[Package]) -> Iterator[str]:
    before, now = ({package["name"]: package for package in packages} for packages in (old, new))
    moved = []
    for name in sorted(before.keys() & now.keys()):
        was, became = before[name], now[name]
        if was["version"] != became["version"]:
            yield f"{name} {was['version']} → {became['version']}"
        elif was["sha256"] != became["sha256"]:
            yield f"{name} {became['version']}: another file of the same version"
        elif was != became:
            # As after a point release, which takes packages from the security archive into the main archive.
            moved.append(name)
    if moved:
        yield f"moved to another place in the archives: {', '.join(moved)}"
    for verb, these, those in (("added", now, before), ("removed", before, now)):
        names = [f"{name} {these[name]['version']}" for name in sorted(these.keys() - those.keys())]
        if names:
            yield f"{verb}: {', '.join(names)}"


def _keys(old: Iterable[str], new: Iterable[str]) -> list[str]:
    """The keys of both, each once, in the order of the new."""
    return list(dict.fromkeys([*new, *old]))
