"""One QEMU process: its command line, its monitor, and its sockets."""

import json
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import console
from accelerator import Accelerator
from failure import TestFailure
from processor import PROCESSORS
from programs import Programs
from state import State

ANSWER_SECONDS = 60
KERNEL_OPTIONS = "quiet mitigations=off"


@dataclass(frozen=True)
class Node:
    """A machine as its test defines it; memory and disk in MiB, `number` from 1 on, `disk` its part of the system."""

    name: str
    number: int
    memorySize: int
    cores: int
    diskSize: int
    disk: str


def command_line(
    node: Node, programs: Programs, accelerator: Accelerator, state: State, switch: Path, allow_reboot: bool
) -> list[str]:
    """QEMU and its arguments; `switch` is the folder of the virtual network's sockets (network.Switch)."""
    processor = PROCESSORS[programs.processor]
    kernel_options = (console.kernel_options(processor.console), KERNEL_OPTIONS, processor.kernel, accelerator.kernel)
    image = "format=raw,if=virtio,readonly=on"
    mac = f"52:54:00:12:%02x:{node.number:02x}"
    return [
        programs.qemu,
        *processor.machine,
        *accelerator.options,
        *console.QEMU_OPTIONS,
        *([] if allow_reboot else ["-no-reboot"]),
        *("-name", node.name, "-m", str(node.memorySize), "-smp", str(node.cores)),
        *("-kernel", programs.kernel, "-initrd", programs.initramfs),
        *("-append", " ".join(kernel_options).strip()),
        *("-drive", f"file={programs.base},{image}"),
        *("-drive", f"file={node.disk},{image}"),
        # Where the host has no space left for it, QEMU would stop the machine, and the test would wait for nothing.
        *("-drive", f"file={state.disk},format=raw,if=virtio,cache=unsafe,discard=unmap,werror=report"),
        # The host, which forwards ports and leads nowhere else, and the other machines.
        *("-netdev", "user,id=host,restrict=on"),
        *("-device", f"virtio-net-pci,id=host-card,netdev=host,romfile=,mac={mac % 0}"),
        *("-netdev", f"vde,id=vlan,sock={switch}"),
        *("-device", f"virtio-net-pci,id=vlan-card,netdev=vlan,romfile=,mac={mac % 1}"),
        *("-virtfs", "local,path=/nix/store,mount_tag=store,security_model=none,readonly=on,multidevs=remap"),
        *("-qmp", f"unix:{state.monitor},server=on,wait=off"),
        *("-device", "virtio-serial-pci"),
        *("-chardev", f"socket,id=terminal,path={state.terminal},server=on,wait=off"),
        *("-device", "virtconsole,chardev=terminal"),
        *("-chardev", f"socket,id=shell,path={state.shell},server=on,wait=off"),
        *("-device", "virtserialport,chardev=shell,name=shell"),
    ]


def start(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start QEMU; the guest's serial console is its stdout, its own complaints go to the file `log`."""
    with log.open("wb") as stderr:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr)


class Monitor:
    """QEMU's machine protocol (QMP)."""

    def __init__(self, connection: socket.socket) -> None:
        """Raises OSError where QEMU does not answer."""
        connection.settimeout(ANSWER_SECONDS)
        self._file = connection.makefile("rw")
        self._file.readline()
        self.run("qmp_capabilities")

    def run(self, command: str, **arguments: Any) -> Any:
        """What a command returns. Raises TestFailure for one that QEMU refuses, OSError if QEMU is gone."""
        self._file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._file.flush()
        while line := self._file.readline():
            answer = json.loads(line)
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise TestFailure(f"QEMU refuses {command}: {answer['error']['desc']}")
        raise ConnectionError
