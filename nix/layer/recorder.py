"""Stands in for chown, chmod, mknod and the like in a tree that is made without root.

It writes down what they would have done, for the layer of that tree, where root owns all else.

Run as `recorder.py APPLET ARGUMENT...`, with these variables: TREE, the folder of the tree; RECORDS, the file that it
writes; BUSYBOX, the program whose applets it stands in for; PROGRAMS, the folder of the programs that run this for each
of them. RECORDS holds {name in the tree: {"uid", "gid", "special", "device"}}, each if it is set: numbers, the set-id
bits of the mode, which the sandbox lets no file have, and [type of tarfile's, major, minor].
"""

import contextlib
import functools
import getopt
import json
import operator
import os
import posixpath
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Records = dict[str, dict[str, Any]]
Options = dict[str, str]

SPECIAL = 0o6000
UMASK = 0o022
DEVICES = {"b": tarfile.BLKTYPE, "c": tarfile.CHRTYPE, "u": tarfile.CHRTYPE, "p": tarfile.FIFOTYPE}
# The options of chmod, and those that chown and chgrp have beside.
TALKING = ["recursive", "verbose", "changes", "silent", "quiet"]
OWNING = ("RhHLPfcv", [*TALKING, "no-dereference"])
# Which bits a symbolic mode such as "ug" is about, and which bits are read, write, set-id.
WHO = {"u": 0o4700, "g": 0o2070, "o": 0o1007, "a": 0o7777}
BITS = {"r": 0o444, "w": 0o222, "x": 0o111, "s": 0o6000, "t": 0o1000}


class Recorder:
    """The applets. Each method takes the arguments of one and raises ValueError for what is wrong with them."""

    def __init__(self, tree: str, records: Records, busybox: str) -> None:
        self.records = records
        self._tree = os.path.realpath(tree)
        self._busybox = busybox

    def chown(self, args: list[str]) -> None:
        """OWNER[:GROUP] FILE..."""
        options, owner, *files = _parse(args, *OWNING, least=2)
        user, colon, group = owner.partition(":")
        uid, primary = self._lookup(user, "passwd") if user else (None, None)
        gid = self._lookup(group, "group")[0] if group else primary if colon else None
        self._own(options, files, uid, gid)

    def chgrp(self, args: list[str]) -> None:
        """GROUP FILE..."""
        options, group, *files = _parse(args, *OWNING, least=2)
        self._own(options, files, None, self._lookup(group, "group")[0])

    def chmod(self, args: list[str]) -> None:
        """MODE FILE..."""
        minus = [arg for arg in args if re.fullmatch("-[rwxXst]+", arg)]
        options, *operands = _parse([arg for arg in args if arg not in minus], "Rfcv", TALKING, least=1)
        mode, *files = minus[:1] + operands
        for path in self._each(files, recursive="R" in options, follow=True):
            if not os.path.islink(path):
                self._change(path, mode)

    def mknod(self, args: list[str]) -> None:
        """NAME TYPE [MAJOR MINOR]"""
        options, path, kind, *numbers = _parse(args, "m:", ["mode="], least=2)
        if kind not in DEVICES or len(numbers) != (0 if kind == "p" else 2):
            raise ValueError(f"{' '.join(args)}: is not NAME b|c|u MAJOR MINOR, or NAME p")
        # Something has to stand for it in the tree.
        with open(path, "xb"):
            os.chmod(path, changed(0o666 & ~UMASK, options.get("m", "644"), False))
        if name := self._name(path):
            major, minor = (int(number, 0) for number in numbers or ("0", "0"))
            self.records.setdefault(name, {})["device"] = [DEVICES[kind].decode(), major, minor]

    def mkfifo(self, args: list[str]) -> None:
        """NAME..."""
        options, *names = _parse(args, "m:", ["mode="], least=1)
        for name in names:
            self.mknod(["-m", options.get("m", "644"), name, "p"])

    def install(self, args: list[str]) -> None:
        """FILE... PLACE, or with -d FOLDER..., which busybox need not have."""
        long = ["directory", "mode=", "owner=", "group=", "target-directory="]
        options, *operands = _parse(args, "dDm:o:g:t:TCpv", long, least=1)
        places = operands if "d" in options else list(_copied(options, operands))
        for place in places:
            if "d" in options:
                os.makedirs(place, exist_ok=True)
            self._change(place, options.get("m", "755"))
        uid = self._lookup(options["o"], "passwd")[0] if "o" in options else None
        self._own({}, places, uid, self._lookup(options["g"], "group")[0] if "g" in options else None)

    def run(self, applet: str, args: list[str]) -> int:
        """Run an applet that moves or removes files, whose records go with them. Returns its exit status."""
        before = {name: self._inode(name) for name in self.records}
        status = subprocess.run([self._busybox, applet, *args], check=False).returncode
        lost = {inode: name for name, inode in before.items() if inode != self._inode(name)}
        moved = {name: self.records.pop(name) for name in lost.values()}
        if lost:
            for path in self._walk(self._tree):
                if (inode := os.lstat(path).st_ino) in lost:
                    self.records[os.path.relpath(path, self._tree)] = moved[lost[inode]]
        return status

    def _change(self, path: str, mode: str) -> None:
        name = self._name(path)
        if not name and os.path.realpath(path) != self._tree:
            raise ValueError(f"{path}: is not in the tree; put a copy there")
        old = self.records.get(name or "", {}).get("special", 0) | os.lstat(path).st_mode & 0o7777
        new = changed(old, mode, os.path.isdir(path))
        os.chmod(path, new & ~SPECIAL)
        if name:
            self.records.setdefault(name, {})["special"] = new & SPECIAL

    def _own(self, options: Options, files: list[str], uid: int | None, gid: int | None) -> None:
        given = {key: number for key, number in (("uid", uid), ("gid", gid)) if number is not None}
        for path in self._each(files, recursive="R" in options, follow="h" not in options):
            if name := self._name(path):
                self.records.setdefault(name, {}).update(given)

    def _lookup(self, name: str, file: str) -> tuple[int, int]:
        """The number of a user or group, and the user's own group."""
        if re.fullmatch("[0-9]+", name):
            return int(name), int(name)
        database = Path(self._tree, "etc", file)
        for line in ["root:x:0:0", *(database.read_text().splitlines() if database.is_file() else [])]:
            fields = line.split(":")
            if fields[0] == name and len(fields) > 3 and fields[2].isdigit():
                return int(fields[2]), int(fields[3]) if fields[3].isdigit() else 0
        raise ValueError(f"{name}: is not in etc/{file} of the contents; write its number")

    def _name(self, path: str) -> str | None:
        """The name in the tree of a file; None for the tree itself, and what is elsewhere."""
        folder, base = os.path.split(os.path.abspath(path))
        name = os.path.relpath(posixpath.join(os.path.realpath(folder), base), self._tree)
        return None if name == "." or name.startswith("../") else name

    def _each(self, files: list[str], *, recursive: bool, follow: bool) -> Iterator[str]:
        for file in files:
            path = os.path.realpath(file) if follow and not recursive else file
            if not os.path.lexists(path):
                raise ValueError(f"{file}: no such file")
            yield path
            if recursive:
                yield from self._walk(path)

    def _walk(self, path: str) -> Iterator[str]:
        """All that is in a directory, without following links."""
        if not os.path.islink(path):
            for folder, folders, files in os.walk(path):
                yield from (os.path.join(folder, name) for name in folders + files)

    def _inode(self, name: str) -> int | None:
        path = os.path.join(self._tree, name)
        return os.lstat(path).st_ino if os.path.lexists(path) else None


def changed(old: int, mode: str, is_directory: bool) -> int:
    """The mode bits that chmod makes of the old ones."""
    if re.fullmatch("[0-7]{1,5}", mode):
        return int(mode, 8) & 0o7777
    new = old
    for clause in mode.split(","):
        match = re.fullmatch("([ugoa]*)((?:[-+=](?:[ugo]|[rwxXst]*))+)", clause)
        if not match:
            raise ValueError(f"{mode}: is no mode")
        about = functools.reduce(operator.or_, map(WHO.__getitem__, match[1] or "a"))
        for sign, bits in re.findall("([-+=])([ugo]|[rwxXst]*)", match[2]):
            value = _bits(new, bits, is_directory) & about & ~(0 if match[1] else UMASK)
            new = new | value if sign == "+" else new & ~value if sign == "-" else new & ~about | value
    return new


def _bits(old: int, letters: str, is_directory: bool) -> int:
    value = 0
    for letter in letters:
        if letter in "ugo":
            value |= (old >> {"u": 6, "g": 3, "o": 0}[letter] & 7) * 0o111
        elif letter == "X":
            value |= 0o111 if is_directory or old & 0o111 else 0
        else:
            value |= BITS[letter]
    return value


def _parse(args: list[str], short: str, long: list[str], *, least: int) -> Any:
    """The options, each by its letter, and the operands, of which there are that many at least."""
    try:
        found, operands = getopt.gnu_getopt(args, short, long)
    except getopt.GetoptError as error:
        raise ValueError(f"{error.msg} by what stands in for it while an image is made") from None
    if len(operands) < least:
        raise ValueError(f"{' '.join(args) or 'nothing'}: something is missing")
    letters = {"--no-dereference": "h", "--recursive": "R"}
    return [{letters.get(name, name.lstrip("-")[0]): value for name, value in found}, *operands]


def _copied(options: Options, operands: list[str]) -> Iterator[str]:
    """Copy what install copies, and yield each place."""
    *files, place = [*operands, options["t"]] if "t" in options else operands
    if not files:
        raise ValueError(f"{place}: has no file before it")
    into = "t" in options or len(files) > 1 or os.path.isdir(place)
    if "D" in options:
        os.makedirs(place if "t" in options else os.path.dirname(place) or ".", exist_ok=True)
    for file in files:
        copy = os.path.join(place, os.path.basename(file)) if into else place
        # A file that was there is none of the new one's.
        with contextlib.suppress(FileNotFoundError):
            os.unlink(copy)
        shutil.copyfile(file, copy)
        yield copy


RECORDED: dict[str, Callable[[Recorder, list[str]], None]] = {
    "chown": Recorder.chown,
    "chgrp": Recorder.chgrp,
    "chmod": Recorder.chmod,
    "install": Recorder.install,
    "mkfifo": Recorder.mkfifo,
    "mknod": Recorder.mknod,
}
MOVING = ("mv", "rm", "rmdir")
# These run others, and would take busybox's own.
RUNNING = ("find", "xargs")
APPLETS = (*RECORDED, *MOVING, *RUNNING)


def main(applet: str, args: list[str]) -> int:
    """Stand in for an applet, and return its exit status."""
    if applet in RUNNING:
        program = os.path.join(os.environ["PROGRAMS"], "{}").format
        busybox = os.environ["BUSYBOX"]
        os.execv(busybox, [busybox, applet, *(program(arg) if arg in APPLETS else arg for arg in args)])
    file = Path(os.environ["RECORDS"])
    recorder = Recorder(os.environ["TREE"], json.loads(file.read_text()), os.environ["BUSYBOX"])
    status = 0
    try:
        if applet in RECORDED:
            RECORDED[applet](recorder, args)
        else:
            status = recorder.run(applet, args)
    except (ValueError, OSError) as error:
        print(f"{applet}: {error}", file=sys.stderr)
        status = 1
    file.write_text(json.dumps(recorder.records))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
