"""Modes and owners that somebody gives for names in an image."""

import posixpath
import re
import tarfile
from collections.abc import Iterator, Mapping

from layer_tar import shown
from placement import Placed


class Given:
    """What is given for the members of one layer.

    modes   {name: mode, such as "1777"}, of that file or directory
    owners  {name: "UID:GID"}, of that member and all that is in it, where no longer name says otherwise

    Raises ValueError for values of another form.
    """

    def __init__(self, modes: Mapping[str, str], owners: Mapping[str, str]) -> None:
        self._modes = {
            name.strip("/"): int(_like("[0-7]{3,4}", "modes", name, mode)[0], 8) for name, mode in modes.items()
        }
        self._owners = {
            name.strip("/"): tuple(map(int, _like("[0-9]{1,10}:[0-9]{1,10}", "owners", name, owner)[0].split(":")))
            for name, owner in owners.items()
        }
        self._unused = [("modes", name) for name in self._modes] + [("owners", name) for name in self._owners]

    def finish(self, member: tarfile.TarInfo, placed: Placed) -> None:
        """Set the mode and owner of a member, as plain_tree.members asks for it."""
        if placed.wanted in self._modes:
            if member.issym():
                raise ValueError(f"modes: {shown(placed.wanted)}: is a symlink, which has no mode; leave it out")
            member.mode = self._modes[placed.wanted]
            self._use("modes", placed.wanted)
        for name in _with_folders(placed.wanted):
            if name in self._owners:
                member.uid, member.gid = self._owners[name]
                self._use("owners", name)
                break

    def check_used(self) -> None:
        """Raise ValueError for a name that no member has, once all are finished."""
        if self._unused:
            where, name = self._unused[0]
            raise ValueError(f"{where}: {shown(name)}: is in none of the trees; correct the name")

    def _use(self, where: str, name: str) -> None:
        if (where, name) in self._unused:
            self._unused.remove((where, name))


def _like(pattern: str, where: str, name: str, value: object) -> re.Match[str]:
    match = re.fullmatch(pattern, value) if isinstance(value, str) else None
    if not match:
        form = 'a mode such as "0640"' if where == "modes" else 'an owner such as "1000:1000"'
        raise ValueError(f"{where}: {shown(name)}: {value!r} is not {form}")
    return match


def _with_folders(name: str) -> Iterator[str]:
    while name:
        yield name
        name = posixpath.dirname(name)
