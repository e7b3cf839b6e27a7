"""What a driver is given to run and to boot."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Programs:
    """Paths of what is run and booted.

    processor  the guest's, by QEMU's name (processor.PROCESSORS)
    native     whether the build machine has that processor, too
    """

    processor: str
    native: bool
    qemu: str
    mkfs: str
    vde_switch: str
    kernel: str
    initramfs: str
    base: str
