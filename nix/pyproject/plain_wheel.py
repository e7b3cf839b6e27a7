"""A wheel in a form that follows from its files alone: no times, one order, one way to store."""

import posixpath
import zipfile
from pathlib import Path


def write_plain(wheel: Path, target: Path) -> None:
    """Copy the wheel to `target`. It is not compressed, since it is read once and soon."""
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(target, "w") as new:
        members = {member.filename: member for member in old.infolist() if not member.is_dir()}
        for name in sorted(members, key=lambda name: (".dist-info/" in name, name)):
            content = old.read(members[name])
            if posixpath.basename(name) == "RECORD":
                content = b"".join(sorted(content.splitlines(keepends=True)))
            entry = zipfile.ZipInfo(name)
            mode = 0o755 if members[name].external_attr >> 16 & 0o111 else 0o644
            entry.external_attr = (0o100000 | mode) << 16
            new.writestr(entry, content)
