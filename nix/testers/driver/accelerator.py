"""KVM if it boots the guest's kernel, or else QEMU's own emulation.

A /dev/kvm may be missing, forbidden, or there and unable to run a stock kernel, which then hangs. Only a boot tells.
"""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

PROBE_SECONDS = 10
ALIVE = b"vm-test: the probe boots"  # what the guest's init says


@dataclass(frozen=True)
class Accelerator:
    """QEMU's options for it, by what factor to multiply timeouts, and why it was chosen."""

    name: str
    options: tuple[str, ...]
    slowness: int
    reason: str


def kvm(reason: str) -> Accelerator:
    return Accelerator("kvm", ("-accel", "kvm", "-cpu", "host"), 1, reason)


def tcg(reason: str) -> Accelerator:
    # qemu64 has no vector instructions beyond SSE3: programs that choose theirs at run time are faster without them,
    # since each is emulated. With rdrand, the kernel has random numbers from the start.
    return Accelerator("tcg", ("-accel", "tcg,thread=multi", "-cpu", "qemu64,+rdrand"), 5, reason)


def choose(
    qemu: str, kernel: str, initramfs: str, device: Path = Path("/dev/kvm"), seconds: float = PROBE_SECONDS
) -> Accelerator:
    """Boot the kernel with KVM, for at most so many seconds, and choose by the outcome."""
    if not device.exists():
        return tcg(f"there is no {device}")
    if not os.access(device, os.R_OK | os.W_OK):
        return tcg(f"{device} is forbidden to this user")
    machine = ["-nodefaults", "-display", "none", "-no-reboot", "-m", "256", "-serial", "stdio"]
    boot = ["-kernel", kernel, "-initrd", initramfs, "-append", "console=ttyS0 panic=-1 vm-test.probe"]
    with tempfile.TemporaryFile() as console:
        try:
            subprocess.run(
                [qemu, *kvm("").options, *machine, *boot],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            return tcg(f"{device} is there, but the kernel did not boot on it within {seconds} seconds")
        console.seek(0)
        said = console.read()
    if ALIVE in said:
        return kvm(f"{device} boots the kernel")
    last = said.decode(errors="replace").strip().rpartition("\n")[2]
    return tcg(f"{device} is there, but does not boot the kernel: {last or 'no output'}")
