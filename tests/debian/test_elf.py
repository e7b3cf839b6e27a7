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


# Places in WHOLE: the size of a row of the program header table, the table, its dynamic section and its note.
ROW_SIZE, ROWS, ROW = 54, 64, 56
DYNAMIC = WHOLE.rindex(struct.pack("<QQQQ", 5, ROWS + 3 * ROW, 14, 1))
NOTE = WHOLE.index(b"GNU\0") - 12


def patched(at: int, form: str, *values: int) -> bytes:
    new = struct.pack(form, *values)
    return WHOLE[:at] + new + WHOLE[at + len(new) :]


@pytest.mark.parametrize(
    ("data", "soname", "kernel"),
    [
        (patched(DYNAMIC, "<Q", 6), "", 0x030200),  # without a table of strings
        (patched(DYNAMIC + 24, "<Q", 1 << 40), "", 0x030200),  # a name behind the end
        (patched(DYNAMIC + 8, "<Q", 1 << 63), "", 0x030200),  # a table that no segment holds
        (WHOLE.replace(b"libm.so.6\0", b"libm.so\n6\0"), "", 0x030200),
        (WHOLE.replace(b"libm.so.6\0", b"../libm.6\0"), "", 0x030200),
        (patched(NOTE + 4, "<I", 1 << 31), "libm.so.6", 0),  # a note that is longer than its segment
        (patched(NOTE, "<I", 0xFFFFFFFF), "libm.so.6", 0),
        (patched(NOTE + 20, "<I", 300), "libm.so.6", 0),  # Linux 300
    ],
)
def test_what_is_out_of_bounds_counts_as_missing(data: bytes, soname: str, kernel: int) -> None:
    assert elf.shared_object(data) == elf.SharedObject(62, soname, kernel)


def test_rows_that_are_too_short_are_none() -> None:
    assert elf.shared_object(patched(ROW_SIZE, "<HH", 8, 3)) is None


def test_segments_over_each_other_are_none() -> None:
    """Sixty thousand of them would be read again and again."""
    count = 60_000
    note = struct.pack("<IIQQQQQQ", 4, 4, 0, 0, 0, len(WHOLE), 0, 8)
    header = bytearray(WHOLE[:64])
    header[ROW_SIZE : ROW_SIZE + 4] = struct.pack("<HH", ROW, count)
    assert elf.shared_object(bytes(header) + note * count) is None
