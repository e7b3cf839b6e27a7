"""What runs the guest's processor: KVM if it boots the guest's kernel, or else QEMU's own emulation (TCG).

There may be no /dev/kvm, or this user may not open it, or a stock kernel hangs on it: only booting one shows.
"""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import console

PROBE_SECONDS = 10
ALIVE = b"vm-test: the probe boots"  # what the guest's init says when the kernel's command line has vm-test.probe


@dataclass(frozen=True)
class Accelerator:
    """`options` are QEMU's, `kernel` is what the guest's kernel is told.

    `slowness` is what timeouts are multiplied by, `reason` why it was chosen.
    """

    name: str
    options: tuple[str, ...]
    kernel: str
    slowness: int
    reason: str


def kvm(reason: str) -> Accelerator:
    return Accelerator("kvm", ("-accel", "kvm", "-cpu", "host"), "", 1, reason)


def tcg(reason: str) -> Accelerator:
    # qemu64 has no vector instructions beyond SSE3. That makes programs faster that choose instructions at run time,
    # since vector instructions are slow to emulate. With rdrand, the kernel has random numbers from the start.
    options = ("-accel", "tcg,thread=multi", "-cpu", "qemu64,+rdrand")
    # Programs in Go, such as Docker's, sleep for microseconds again and again. Without timers as fine as that, they
    # sleep longer, and leave an emulated processor more time for their work: docker load takes 40 % of the time.
    return Accelerator("tcg", options, "highres=off", 5, reason)


def choose(
    qemu: str, kernel: str, initramfs: str, device: Path = Path("/dev/kvm"), seconds: float = PROBE_SECONDS
) -> Accelerator:
    """Boot the kernel with KVM, for at most so many seconds: KVM if it says ALIVE, or else TCG."""
    if not device.exists():
        return tcg(f"there is no {device}")
    if not os.access(device, os.R_OK | os.W_OK):
        return tcg(f"{device} is forbidden to this user")
    machine = [*console.QEMU_OPTIONS, "-no-reboot", "-m", "256"]
    boot = ["-kernel", kernel, "-initrd", initramfs, "-append", f"{console.KERNEL_OPTIONS} vm-test.probe"]
    with tempfile.TemporaryFile() as output:
        try:
            subprocess.run(
                [qemu, *kvm("").options, *machine, *boot],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            return tcg(f"{device} is there, but the kernel did not boot on it within {seconds} seconds")
        output.seek(0)
        said = output.read()
    if ALIVE in said:
        return kvm(f"{device} boots the kernel")
    last = said.decode(errors="replace").strip().rpartition("\n")[2]
    return tcg(f"{device} is there, but does not boot the kernel: {last or 'no output'}")
