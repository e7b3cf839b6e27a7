"""Shell commands that change a tree before it becomes a layer.

They are not run as root: recorder.py stands in for what only root may do.
"""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

import recorder
from layer_tar import shown
from placement import Placed

# What a shell leaves that does not know the braces of bash: mkdir {a,b} makes a folder of that name.
BRACES = re.compile(r"\{[^{}]*(,|\.\.)[^{}]*\}")


class Workshop:
    """A folder with a tree, in which commands run.

    Example:
        workshop = Workshop(Path("work"), busybox)
        workshop.fill(members)
        workshop.run("extraCommands", "mkdir -m 1777 tmp")
        workshop.close()  # then workshop.tree is the tree, and workshop.finish gives its members their attributes
    """

    def __init__(self, folder: Path, busybox: str) -> None:
        self.tree = folder / "tree"
        self._busybox = busybox
        self._records = folder / "records.json"
        self._programs = folder / "programs"
        self._applets = folder / "applets"
        self._modes: dict[str, int] = {}
        self._attributes: recorder.Records = {}
        for made in (self.tree, self._programs, self._applets):
            made.mkdir(parents=True)
        self._records.write_text("{}")
        subprocess.run([busybox, "--install", "-s", str(self._applets)], check=True)
        for applet in recorder.APPLETS:
            program = self._programs / applet
            program.write_text(f'#!{busybox} sh\nexec {sys.executable} -s -P {recorder.__file__} {applet} "$@"\n')
            program.chmod(0o755)

    def fill(self, members: Iterable[tuple[tarfile.TarInfo, IO[bytes] | None]]) -> None:
        """Write members of a layer into the tree. All of them may be changed and removed."""
        for member, data in members:
            path = self.tree / member.name
            if member.isdir():
                path.mkdir()
            elif member.issym():
                path.symlink_to(member.linkname)
            elif data:
                with path.open("wb") as file:
                    shutil.copyfileobj(data, file)
                path.chmod(member.mode)

    def run(self, name: str, commands: str) -> None:
        """Run commands in the tree, by busybox's shell. Raises ValueError if one of them fails; `name` is for that."""
        environment = {
            "PATH": f"{self._programs}:{self._applets}",
            "HOME": str(self.tree.parent),
            "TMPDIR": str(self.tree.parent),
            "TREE": str(self.tree),
            "RECORDS": str(self._records),
            "BUSYBOX": self._busybox,
            "PROGRAMS": str(self._programs),
            "SOURCE_DATE_EPOCH": "1",
        }
        # The shell prefers functions to applets of its own, but these to programs on PATH.
        functions = "".join(f'{applet}() {{ {self._programs}/{applet} "$@"; }}\n' for applet in recorder.APPLETS)
        before = set(self.tree.rglob("*"))
        done = subprocess.run(
            [self._busybox, "sh", "-e", "-o", "pipefail", "-c", functions + commands],
            cwd=self.tree,
            env=environment,
            stdin=subprocess.DEVNULL,
            umask=recorder.UMASK,
            check=False,
        )
        if done.returncode:
            raise ValueError(f"{name}: a command ended with status {done.returncode}; see what it says above")
        for path in sorted(set(self.tree.rglob("*")) - before):
            made = str(path.relative_to(self.tree))
            if BRACES.search(made):
                raise ValueError(f"{name}: made {shown(made)}; write the names out, since braces are bash's alone")

    def close(self) -> None:
        """Note the modes, and let all be read.

        Raises ValueError if root has really changed an owner: elsewhere, the same command would fail.
        """
        self._attributes = json.loads(self._records.read_text())
        of_inode = {self._inode(self.tree / name): given for name, given in self._attributes.items()}
        todo = [self.tree]
        while todo:
            path = todo.pop()
            if not path.is_symlink():
                status = path.lstat()
                if status.st_uid != os.getuid():
                    raise ValueError(f"{shown(path.name)}: has another owner; call chown by this name alone")
                # A hard link is the same file.
                self._attributes.setdefault(str(path.relative_to(self.tree)), of_inode.get(self._inode(path), {}))
                mode = stat.S_IMODE(status.st_mode)
                self._modes[str(path)] = mode
                path.chmod(mode | (0o700 if path.is_dir() else 0o400))
            if path.is_dir() and not path.is_symlink():
                todo += path.iterdir()

    def _inode(self, path: Path) -> int | None:
        return path.lstat().st_ino if os.path.lexists(path) else None

    def finish(self, member: tarfile.TarInfo, placed: Placed) -> None:
        """Give a member of the tree its mode, owner and type, as plain_tree.members asks for it."""
        given: Mapping[str, Any] = self._attributes.get(placed.wanted, {})
        mode = self._modes.get(str(placed.source), 0o755) | given.get("special", 0)
        # A directory whose mode nobody changed has that of the layers below.
        if not member.issym() and (not member.isdir() or mode != 0o755 or "special" in given):
            member.mode = mode
        member.uid, member.gid = given.get("uid", member.uid), given.get("gid", member.gid)
        if "device" in given:
            kind, member.devmajor, member.devminor = given["device"]
            member.type = kind.encode()
