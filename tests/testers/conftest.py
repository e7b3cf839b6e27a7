"""The driver's modules, and a machine to try them on: MACHINE names the specification of one (nix/checks.nix)."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import accelerator
from driver import Driver, driver
from log import Log


@pytest.fixture(scope="session")
def spec() -> dict[str, Any]:
    if path := os.environ.get("MACHINE"):
        return json.loads(Path(path).read_text())
    pytest.skip("MACHINE names no specification of a virtual machine; nix build .#vm-tests.machine.spec makes one")


@pytest.fixture(scope="session")
def tcg() -> Iterator[None]:
    """QEMU's emulation without a probe of KVM, and with timeouts as they are given."""
    with pytest.MonkeyPatch.context() as patch:
        options = accelerator.tcg("").options
        patch.setattr(accelerator, "choose", lambda *_: accelerator.Accelerator("tcg", options, 1, "a test wants it"))
        yield


@pytest.fixture(scope="session")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a test's output."""
    return tmp_path_factory.mktemp("out")


@pytest.fixture(scope="session")
def driving(spec: dict[str, Any], tcg: None, out: Path) -> Iterator[Driver]:
    """A driver with one machine, which the tests share."""
    with driver(spec, out, Log()) as started:
        yield started
