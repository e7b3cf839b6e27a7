"""What is read of shared objects; made-up ones, and the machine's own."""

import struct
import sysconfig
from pathlib import Path

import pytest

import elf
from packages import shared_object


@pytest.mark.parametrize("kernel", [None, (3, 2, 1)])
def test_machine_soname_and_kernel(kernel: tuple[int, int, int] | None) -> None:
    found = elf.shared_object(shared_object("libm.so.6", kernel, machine=183))
    assert found == elf.SharedObject(183, "libm.so.6", 0x030201 if kernel else 0)


def test_a_library_of_this_machine() -> None:
    mapped = Path("/proc/self/maps").read_text()
    path = next((line.split()[-1] for line in mapped.splitlines() if line.endswith("/libc.so.6")), None)
    if path is None or struct.calcsize("P") != 8:
        pytest.skip(f"needs a 64-bit Python that runs on glibc; this is {sysconfig.get_platform()}")
    found = elf.shared_object(Path(path).read_bytes())
    assert found and found.soname == "libc.so.6"
    assert found.kernel >= 0x020600, "the oldest Linux that glibc runs on"


WHOLE = shared_object("libm.so.6", (3, 2, 0))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"/* GNU ld script */\nGROUP ( /lib/libm.so.6 )\n",
        WHOLE[:4] + b"\x01" + WHOLE[5:],  # of 32 bits
        WHOLE[:5] + b"\x02" + WHOLE[6:],  # big-endian
        WHOLE[:16] + b"\x02" + WHOLE[17:],  # a program
        WHOLE[:40],
    ],
)
def test_anything_else_is_none(data: bytes) -> None:
    assert elf.shared_object(data) is None


@pytest.mark.parametrize("size", [64, 100, 250, len(WHOLE) - 20, len(WHOLE) - 1])
def test_a_file_that_lacks_what_its_header_names_is_none(size: int) -> None:
    # As the detached debug information of a library, whose segments stand in the library itself.
    assert elf.shared_object(WHOLE[:size]) is None
