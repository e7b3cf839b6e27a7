"""The processors that a guest may have, and the kind of machine that QEMU puts around each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Processor:
    """What QEMU and the kernel are told of a machine with this processor.

    machine   QEMU's options for the machine
    emulated  QEMU's options for the processor where it is emulated
    console   the kernel's name of the first serial port
    kernel    further options of the kernel's command line
    """

    machine: tuple[str, ...]
    emulated: tuple[str, ...]
    console: str
    kernel: str = ""


# By QEMU's names of them.
PROCESSORS = {
    "x86_64": Processor(
        machine=(),
        # qemu64 has no vector instructions beyond SSE3. That makes programs faster that choose instructions at run
        # time, since vector instructions are slow to emulate. With rdrand, the kernel has random numbers from the
        # start.
        emulated=("-cpu", "qemu64,+rdrand"),
        console="ttyS0",
        kernel="tsc=reliable no_timer_check",
    ),
    "aarch64": Processor(
        # The one machine that QEMU makes for guests alone, with the newest interrupt controller that there can be.
        machine=("-machine", "virt,gic-version=max"),
        # A 64-bit processor without pointer authentication, which is slow to emulate.
        emulated=("-cpu", "cortex-a72"),
        console="ttyAMA0",
    ),
}
