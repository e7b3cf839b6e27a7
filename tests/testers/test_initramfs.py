"""The archive that a guest boots from."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from initramfs import build, load_order

DEPENDENCIES = """\
kernel/ext4.ko: kernel/jbd2.ko kernel/crc16.ko
kernel/jbd2.ko:
kernel/crc16.ko:
kernel/virtio-blk.ko: kernel/virtio_ring.ko kernel/virtio.ko
kernel/virtio_ring.ko: kernel/virtio.ko
kernel/virtio.ko:
"""


def test_modules_come_after_those_that_they_need() -> None:
    order = list(load_order(DEPENDENCIES, ["virtio_blk", "ext4", "jbd2"]))
    assert sorted(order) == sorted(set(order)) and len(order) == 6
    for line in DEPENDENCIES.splitlines():
        path, _, needed = line.partition(":")
        assert all(order.index(other) < order.index(path) for other in needed.split())


def test_module_that_is_not_there() -> None:
    with pytest.raises(ValueError, match=r"^nowhere: the kernel has no such module"):
        list(load_order(DEPENDENCIES, ["nowhere"]))


def test_archive_unpacks(tmp_path: Path) -> None:
    if not shutil.which("cpio"):
        pytest.skip("no cpio on PATH")
    for line in DEPENDENCIES.splitlines():
        path = tmp_path / line.partition(":")[0]
        path.parent.mkdir(exist_ok=True)
        path.write_text(path.name)
    (tmp_path / "modules.dep").write_text(DEPENDENCIES)
    program = tmp_path / "program"
    program.write_bytes(b"odd")
    archive = tmp_path / "initramfs"
    files = {"init": str(program), "bin/busybox": str(program)}
    build({"modules": str(tmp_path), "wanted": ["ext4"], "files": files}, archive)

    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    subprocess.run(["cpio", "-i", "-d"], stdin=archive.open("rb"), cwd=unpacked, check=True)
    assert (unpacked / "bin/busybox").read_bytes() == b"odd"
    assert os.access(unpacked / "init", os.X_OK)
    modules = (unpacked / "modules/order").read_text().split()
    assert modules[-1] == "ext4.ko"
    assert {path.name for path in (unpacked / "modules").iterdir()} == {"order", *modules}
