"""A machine to try the driver on: the environment variable MACHINE names the specification of its test."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import accelerator
import running
from driver import Driver, driver
from log import Log
from processor import PROCESSORS


@pytest.fixture(scope="session")
def spec() -> dict[str, Any]:
    """What `driver` takes."""
    path = os.environ.get("MACHINE")
    if not path:
        pytest.skip("MACHINE names no specification of a virtual machine; nix build .#vm-tests.machine.spec makes one")
    found: dict[str, Any] = json.loads(Path(path).read_text())
    return found


@pytest.fixture(scope="session")
def tcg(spec: dict[str, Any]) -> Iterator[None]:
    """QEMU's emulation without a probe of KVM, and with timeouts as they are given, but for those of boots."""
    with pytest.MonkeyPatch.context() as patch:
        wanted = accelerator.tcg(PROCESSORS[spec["programs"]["processor"]], "a test wants it")
        patch.setattr(accelerator, "choose", lambda *_: replace(wanted, slowness=1))
        patch.setattr(running, "BOOT_SECONDS", 600)
        patch.setattr(running, "STOP_SECONDS", 600)
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
