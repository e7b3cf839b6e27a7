"""The folder of one machine: its disk, which is kept from one start to the next, and the sockets that QEMU makes."""

import subprocess
from pathlib import Path


class State:
    """The files of one machine, below `folder`.

    disk        the image of the disk that the guest writes to
    shell       the socket of the agent in the guest
    terminal    the socket of a terminal in the guest
    monitor     the socket at which QEMU takes commands
    complaints  the file with what QEMU writes to its stderr
    """

    def __init__(self, folder: Path) -> None:
        self.disk = folder / "disk.img"
        self.shell = folder / "shell"
        self.terminal = folder / "terminal"
        self.monitor = folder / "qmp"
        self.complaints = folder / "qemu.log"

    def prepare(self, mkfs: str, mebibytes: int) -> None:
        """Make all ready for a start: the sockets of an earlier one go, a disk that has no file system yet gets one."""
        self.disk.parent.mkdir(exist_ok=True)
        for socket in (self.shell, self.terminal, self.monitor):
            socket.unlink(missing_ok=True)
        if not self.disk.exists():
            with self.disk.open("wb") as file:
                file.truncate(mebibytes << 20)
            subprocess.run([mkfs, "-q", "-F", str(self.disk)], check=True)

    def last_complaint(self) -> str:
        """The last line that QEMU wrote to its stderr; "" if there is none."""
        return self.complaints.read_text(errors="replace").strip().rpartition("\n")[2]
