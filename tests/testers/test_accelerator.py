"""The choice between KVM and emulation, with a program that only pretends to be QEMU."""

import os
import shutil
import time
from pathlib import Path

import pytest

from accelerator import ALIVE, Accelerator, choose
from programs import Programs

SHELL = shutil.which("sh")


def chosen(
    folder: Path, script: str, device: Path, seconds: float = 60, processor: str = "x86_64", native: bool = True
) -> Accelerator:
    qemu = folder / "qemu"
    qemu.write_text(f"#!{SHELL}\n{script}\n")
    qemu.chmod(0o755)
    programs = Programs(
        processor, native, qemu=str(qemu), mkfs="", vde_switch="", kernel="kernel", initramfs="initramfs", base=""
    )
    return choose(programs, device, seconds)


@pytest.fixture
def device(tmp_path: Path) -> Path:
    path = tmp_path / "kvm"
    path.touch()
    return path


def test_kernel_that_boots(tmp_path: Path, device: Path) -> None:
    accelerator = chosen(tmp_path, f"echo some lines; echo '{ALIVE.decode()}'; echo '[1.2] Power down'", device)
    assert (accelerator.name, accelerator.slowness) == ("kvm", 1)
    assert accelerator.reason == f"{device} boots the kernel"


def test_kernel_that_hangs(tmp_path: Path, device: Path) -> None:
    began = time.monotonic()
    accelerator = chosen(tmp_path, "exec sleep 1000", device, seconds=1)
    assert time.monotonic() - began < 60
    assert accelerator.name == "tcg" and accelerator.slowness > 1
    assert accelerator.reason.endswith("did not boot on it within 1 seconds")


def test_qemu_that_gives_up(tmp_path: Path, device: Path) -> None:
    accelerator = chosen(tmp_path, "echo 'kvm: no luck' >&2; exit 1", device)
    assert accelerator.name == "tcg"
    assert accelerator.reason.endswith("does not boot the kernel: kvm: no luck")


def test_no_device(tmp_path: Path) -> None:
    assert chosen(tmp_path, "exit 99", tmp_path / "kvm").reason == f"there is no {tmp_path}/kvm"


def test_forbidden_device(tmp_path: Path, device: Path) -> None:
    device.chmod(0)
    if os.access(device, os.R_OK):
        pytest.skip("root may read every file")
    assert chosen(tmp_path, "exit 99", device).reason == f"{device} is forbidden to this user"


def test_processor_that_the_build_machine_lacks(tmp_path: Path, device: Path) -> None:
    """It is emulated as one of its own kind, and KVM is not asked."""
    accelerator = chosen(tmp_path, f"echo '{ALIVE.decode()}'", device, processor="aarch64", native=False)
    assert (accelerator.name, accelerator.reason) == ("tcg", "the build machine has no aarch64")
    assert "cortex-a72" in accelerator.options


@pytest.mark.parametrize(("processor", "port"), [("x86_64", "ttyS0"), ("aarch64", "ttyAMA0")])
def test_the_probe_speaks_on_the_serial_port_of_its_machine(
    tmp_path: Path, device: Path, processor: str, port: str
) -> None:
    script = f"""case "$*" in *" console={port} "*) echo '{ALIVE.decode()}' ;; esac"""
    assert chosen(tmp_path, script, device, processor=processor).name == "kvm"
