"""What runs the guest's processor: KVM if it boots the guest's kernel, or else QEMU's own emulation (TCG).

There may be no /dev/kvm, or this user may not open it, or a stock kernel hangs on it: only booting one shows. A
processor of another architecture than the build machine's is always emulated.
"""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import console
from processor import PROCESSORS, Processor
from programs import Programs

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


def tcg(processor: Processor, reason: str) -> Accelerator:
    options = ("-accel", "tcg,thread=multi", *processor.emulated)
    # Programs in Go, such as Docker's, sleep for microseconds again and again. Without timers as fine as that, they
    # sleep longer, and leave an emulated processor more time for their work: docker load takes 40 % of the time.
    # QEMU translates a program again when it is at another address. Without random addresses, a process runs what was
    # translated for the one before: docker run takes half the time.
    return Accelerator("tcg", options, "highres=off norandmaps", 5, reason)


def choose(programs: Programs, device: Path = Path("/dev/kvm"), seconds: float = PROBE_SECONDS) -> Accelerator:
    """Boot the kernel with KVM, for at most so many seconds: KVM if it says ALIVE, or else TCG."""
    processor = PROCESSORS[programs.processor]
    emulation = partial(tcg, processor)
    if not programs.native:
        return emulation(f"the build machine has no {programs.processor}")
    if not device.exists():
        return emulation(f"there is no {device}")
    if not os.access(device, os.R_OK | os.W_OK):
        return emulation(f"{device} is forbidden to this user")
    machine = [*processor.machine, *console.QEMU_OPTIONS, "-no-reboot", "-m", "256"]
    boot = ["-kernel", programs.kernel, "-initrd", programs.initramfs]
    boot += ["-append", f"{console.kernel_options(processor.console)} vm-test.probe"]
    with tempfile.TemporaryFile() as output:
        try:
            subprocess.run(
                [programs.qemu, *kvm("").options, *machine, *boot],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            return emulation(f"{device} is there, but the kernel did not boot on it within {seconds} seconds")
        output.seek(0)
        said = output.read()
    if ALIVE in said:
        return kvm(f"{device} boots the kernel")
    last = said.decode(errors="replace").strip().rpartition("\n")[2]
    return emulation(f"{device} is there, but does not boot the kernel: {last or 'no output'}")
