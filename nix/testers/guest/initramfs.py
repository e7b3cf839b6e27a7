"""A kernel's modules and the init program → an initramfs: a cpio archive in the "newc" format (cpio(5))."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def build(spec: dict[str, Any], out: Path) -> None:
    """Write the archive to the file `out`.

    modules  the folder of the modules and of modules.dep
    wanted   names of modules, such as "virtio_blk", which are added with those that they need
    files    {name in the archive: path}: programs

    The archive holds the modules in the folder modules, and there the file `order`: their names, a line each, in an
    order in which they can be loaded. Raises ValueError if there is no such module.
    """
    folder = Path(spec["modules"])
    order = list(load_order((folder / "modules.dep").read_text(), spec["wanted"]))
    members = {f"modules/{path.rpartition('/')[2]}": (folder / path).read_bytes() for path in order}
    members["modules/order"] = "".join(f"{path.rpartition('/')[2]}\n" for path in order).encode()
    members |= {name: Path(path).read_bytes() for name, path in spec["files"].items()}
    folders = {name.rpartition("/")[0] for name in members} - {""}
    with out.open("wb") as archive:
        for number, name in enumerate(sorted(folders), 1):
            archive.write(member(number, name, stat.S_IFDIR | 0o755))
        for number, (name, data) in enumerate(sorted(members.items()), len(folders) + 1):
            archive.write(member(number, name, stat.S_IFREG | 0o755, data))
        archive.write(member(0, "TRAILER!!!", 0))


def load_order(dependencies: str, wanted: list[str]) -> Iterator[str]:
    """The paths of the wanted modules, each after those that it needs; `dependencies` is the text of modules.dep(5)."""
    needs = {path: needed.split() for path, _, needed in (line.partition(":") for line in dependencies.splitlines())}
    named = {path.rpartition("/")[2].partition(".")[0].replace("-", "_"): path for path in needs}
    done: set[str] = set()
    for name in wanted:
        if name not in named:
            raise ValueError(f"{name}: the kernel has no such module; name another")
        path = named[name]
        for needed in (*reversed(needs[path]), path):
            if needed not in done:
                done.add(needed)
                yield needed


def member(number: int, name: str, mode: int, data: bytes = b"") -> bytes:
    """One member: a header of hexadecimal fields, the name, the data, each padded to a multiple of 4 bytes."""
    links = 2 if stat.S_ISDIR(mode) else 1
    encoded = name.encode() + b"\0"
    fields = (number, mode, 0, 0, links, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
    return header + bytes(-len(header) % 4) + data + bytes(-len(data) % 4)


if __name__ == "__main__":
    from builder import run

    run("testers", build)
