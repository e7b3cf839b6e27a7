"""healthcheck in a container that is made up: a copy of the script reads /proc from a folder.

It runs without the -I of the image, since the sandbox's Python finds its library by a variable.
"""

import itertools
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from loopback_servers import ENDS_WITHIN

SOURCE = (Path(__file__).parents[2] / "runtime/healthcheck").read_text()
GIVES_UP = "SECONDS = 5"
GUNICORN = ("/usr/local/bin/python", "/usr/local/bin/gunicorn", "-c", "/gunicorn_conf.py", "main:app")
UNIX_LISTENS = "00000000f: 00000002 00000000 00010000 0001 01 {} {}\n"


@dataclass
class Checked:
    status: int
    said: str


@dataclass
class Container:
    """What healthcheck sees of one: its folder /proc. Nothing runs there until a test says so."""

    root: Path

    def __post_init__(self) -> None:
        self.pids = itertools.count(1)
        (self.root / "proc/net").mkdir(parents=True)
        self.script = self.root / "healthcheck"
        self.script.write_text(SOURCE.replace("/proc", f"{self.root}/proc"))
        self.tables(tcp="", tcp6="", unix="")

    def gives_up_sooner(self) -> None:
        assert GIVES_UP in SOURCE
        self.script.write_text(self.script.read_text().replace(GIVES_UP, "SECONDS = 1"))

    def has_the_tables_of_the_kernel(self) -> None:
        """From now on, its /proc/net is the real one, in which the servers of a test stand."""
        shutil.rmtree(self.root / "proc/net")
        (self.root / "proc/net").symlink_to("/proc/net")

    def runs(self, *command: str, inodes: tuple[int, ...] = ()) -> None:
        """A process with this command line, which holds sockets with these inodes."""
        folder = self.root / f"proc/{next(self.pids)}"
        (folder / "fd").mkdir(parents=True)
        (folder / "cmdline").write_text("".join(f"{word}\0" for word in command))
        (folder / "fd/0").symlink_to("/dev/null")
        for inode in inodes:
            (folder / f"fd/{inode}").symlink_to(f"socket:[{inode}]")

    def tables(self, **tables: str) -> None:
        """What stands in files of /proc/net below the heading."""
        for name, lines in tables.items():
            (self.root / "proc/net" / name).write_text(f"  sl  local_address rem_address st and so on\n{lines}")

    def check(self, **env: str) -> Checked:
        """How the check ends with these variables."""
        return self.check_with((), env)

    def check_with(self, options: tuple[str, ...], env: dict[str, str]) -> Checked:
        """The same with options of Python."""
        command = [sys.executable, "-S", *options, str(self.script)]
        done = subprocess.run(command, env=env, cwd=self.root, capture_output=True, text=True, timeout=ENDS_WITHIN)
        assert done.stdout == "" and "Traceback" not in done.stderr
        return Checked(done.returncode, done.stderr)


def tcp_row(address: str, port: int, inode: int, state: str = "0A") -> str:
    """A line of /proc/net/tcp or tcp6 of a machine that counts bytes from the lowest."""
    packed = socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
    words = (packed[at : at + 4][::-1].hex().upper() for at in range(0, len(packed), 4))
    return f"   0: {''.join(words)}:{port:04X} 00000000:0000 {state} 0:0 00:00000000 0 0 0 {inode} 1\n"
