"""ld.so.cache, read as ld.so does."""

import re
import struct

import pytest

from packages import Content, Made, shared_object, symlink
from stack import Stack

LIB = "usr/lib/x86_64-linux-gnu"
OLD, NEW = "2.31-13+deb11u1", "2.36-9+deb12u1"
CONF = "/usr/local/lib\n# the architecture's own\n/lib/x86_64-linux-gnu\n/usr/lib/x86_64-linux-gnu\n"


def libc(version: str, **files: bytes) -> Made:
    return Made("libc6", {"etc/ld.so.conf.d/a.conf": CONF, **files}, fields={"Version": version})


class Cache:
    """Finds libraries as _dl_load_cache_lookup of glibc's elf/dl-cache.c does."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        magic, count, self.strings, self.flags, self.extension = struct.unpack_from("<20sIIB3xI", data)
        assert magic == b"glibc-ld.so.cache1.1"
        self.entries = [struct.unpack_from("<IIIIQ", data, 48 + 24 * number) for number in range(count)]

    def string(self, offset: int) -> str:
        return self.data[offset : self.data.index(b"\0", offset)].decode()

    @property
    def names(self) -> list[str]:
        return [self.string(entry[1]) for entry in self.entries]

    def lookup(self, name: str) -> str | None:
        left, right = 0, len(self.entries) - 1
        while left <= right:
            middle = (left + right) // 2
            order = compare(name, self.string(self.entries[middle][1]))
            if order == 0:
                return self.string(self.entries[middle][2])
            # The entries are in descending order.
            left, right = (middle + 1, right) if order < 0 else (left, middle - 1)
        return None


def compare(one: str, other: str) -> int:
    """_dl_cache_libcmp."""
    while one:
        if one[0].isdigit() and other[:1].isdigit():
            first, second = re.split(r"\D", one)[0], re.split(r"\D", other)[0]
            if int(first) != int(second):
                return int(first) - int(second)
            one, other = one[len(first) :], other[len(second) :]
        elif one[0].isdigit():
            return 1
        elif other[:1].isdigit():
            return -1
        elif one[0] != other[:1]:
            return ord(one[0]) - ord(other[:1] or "\0")
        else:
            one, other = one[1:], other[1:]
    return -ord(other[:1] or "\0")


def cache(stack: Stack) -> Cache:
    return Cache(stack.tree["etc/ld.so.cache"].data)


@pytest.mark.parametrize("version", [OLD, NEW])
def test_every_library_is_found(stack: Stack, version: str) -> None:
    sonames = [
        "liba.so.1",
        "liba.so.10",
        "liba.so.9",
        "lib2.so",
        "libab.so",
        "libz-1.2.so",
        "libz-1.10.so",
        "libc.so.6",
        "libAB.so.3",
    ]
    stack.add(libc(version), Made("libs", {f"{LIB}/{name}": shared_object(name) for name in sonames}))
    assert len(cache(stack).entries) == len(sonames)
    assert {name: cache(stack).lookup(name) for name in sonames} == {
        name: f"/lib/x86_64-linux-gnu/{name}" for name in sonames
    }
    assert cache(stack).lookup("libmissing.so.1") is None


def test_upper_layer_knows_the_libraries_below(stack: Stack) -> None:
    stack.add(libc(NEW), Made("a", {"lib/x86_64-linux-gnu/liba.so.1": shared_object("liba.so.1")}))
    stack.add(Made("b", {f"{LIB}/libb.so.1": shared_object("libb.so.1")}))
    assert sorted(cache(stack).names) == ["liba.so.1", "libb.so.1"]


def test_links(stack: Stack) -> None:
    files: dict[str, Content] = {
        f"{LIB}/libz.so.1.2.13": shared_object("libz.so.1"),
        f"{LIB}/libz.so.1": symlink("libz.so.1.2.13"),
        f"{LIB}/libz.so": symlink("/lib/x86_64-linux-gnu/libz.so.1.2.13"),
        f"{LIB}/libz.so.1.2": symlink("libz.so.1.2.13"),
        f"{LIB}/libcompat.so": symlink("libz.so.1"),
        f"{LIB}/libgone.so.1": symlink("missing"),
    }
    stack.add(libc(NEW), Made("zlib", files))
    # The name that the linker takes is one, a link by another name is the soname once more.
    assert cache(stack).names == ["libz.so.1", "libz.so"]


def test_a_file_is_found_by_its_soname_alone(stack: Stack) -> None:
    stack.add(libc(NEW), Made("p", {f"{LIB}/liba.so": shared_object("liba.so.1")}))
    assert cache(stack).names == ["liba.so.1"]


def test_what_is_no_library_is_left_out(stack: Stack) -> None:
    files = {
        f"{LIB}/libc.so": b"/* GNU ld script */",
        f"{LIB}/libother.so.1": shared_object("libother.so.1", machine=20),
        f"{LIB}/plugins/libplugin.so": shared_object("libplugin.so"),
        f"{LIB}/module.so": shared_object("module.so"),
        "usr/lib/libtop.so": shared_object(""),
    }
    stack.add(libc(NEW), Made("p", files))
    assert cache(stack).names == ["libtop.so"]
    assert cache(stack).lookup("libtop.so") == "/lib/libtop.so"


def test_old_cache_says_the_kernel(stack: Stack) -> None:
    stack.add(libc(OLD), Made("p", {f"{LIB}/libm.so.6": shared_object("libm.so.6", kernel=(3, 2, 1))}))
    assert [entry[3] for entry in cache(stack).entries] == [0x030201]
    assert cache(stack).extension == 0


@pytest.mark.parametrize("soname", ["libm.so.6", "libmm.so.6", "libmmm.so.6", "libmmmm.so.6"])
def test_extension_is_aligned(stack: Stack, soname: str) -> None:
    stack.add(libc(NEW), Made("p", {f"{LIB}/{soname}": shared_object(soname)}))
    assert cache(stack).extension % 4 == 0


def test_new_cache_shares_strings_and_names_its_generator(stack: Stack) -> None:
    stack.add(libc(NEW), Made("p", {f"{LIB}/libm.so.6": shared_object("libm.so.6", kernel=(3, 2, 0))}))
    made = cache(stack)
    assert made.strings == len("/lib/x86_64-linux-gnu/libm.so.6") + 1
    magic, count, tag, _, offset, size = struct.unpack_from("<IIIIII", made.data, made.extension)
    assert (magic, count, tag) == (0xEAA42174, 1, 0)
    assert made.data[offset : offset + size] == f"ldconfig (Debian GLIBC {NEW}) stable release version 2.36".encode()
    assert offset + size == len(made.data)


def test_another_architecture(stack: Stack) -> None:
    stack.add(
        libc(NEW), Made("p", {"usr/lib/liba.so.1": shared_object("liba.so.1", machine=183)}), architecture="arm64"
    )
    assert [entry[0] for entry in cache(stack).entries] == [0x0A03]


def test_the_link_of_an_alternative_is_in_it(stack: Stack) -> None:
    """As ldconfig(8), which runs after update-alternatives, has it."""
    call = f"update-alternatives --install /{LIB}/libblas.so.3 libblas.so.3-x /{LIB}/blas/libblas.so.3 10\n"
    blas = Made("libblas3", {f"{LIB}/blas/libblas.so.3": shared_object("libblas.so.3")}, {"postinst": call})
    stack.add(libc(NEW))
    stack.add(blas, database="status.d")
    assert Cache(stack.tree["etc/ld.so.cache"].data).lookup("libblas.so.3") == "/lib/x86_64-linux-gnu/libblas.so.3"
