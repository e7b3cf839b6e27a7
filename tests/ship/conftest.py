"""The programs that send images to a registry, a registry, and images to send.

PUSH and VERIFY name the programs, REGISTRY that of the registry, COSIGN and ORAS Debian's clients.
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fixture_types import Done, Run
from made_up_shipment import Shipper
from registry_server import Server


@pytest.fixture
def programs() -> None:
    if "PUSH" not in os.environ:
        pytest.skip("PUSH names no program; nix build .#checks.….ship has one, and a registry")


@pytest.fixture
def server(programs: None, tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "server").mkdir()
    started = Server(tmp_path / "server")
    yield started
    started.kill()


@pytest.fixture
def shipper(tmp_path: Path, make_tree: Callable[..., Path], make_layer: Callable[..., Path]) -> Shipper:
    return Shipper(tmp_path, make_tree, make_layer)


@pytest.fixture
def run(programs: None, tmp_path: Path) -> Run:
    """run("push" or "verify", argument, …, VARIABLE="value") -> the finished program, with a home of its own."""

    def finished(program: str, *arguments: str | Path, **variables: str) -> Done:
        (tmp_path / "home").mkdir(exist_ok=True)
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home"), "COSIGN_PASSWORD": ""} | variables
        return subprocess.run(
            [os.environ[program.upper()], *map(str, arguments)],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    return finished


@pytest.fixture
def push(run: Run) -> Run:
    """push(shipment, argument, …) -> the finished program."""
    return lambda shipment, *arguments, **variables: run("push", f"--shipment={shipment}", *arguments, **variables)


@pytest.fixture
def verify(run: Run) -> Run:
    """verify(shipment, argument, …) -> the finished program."""
    return lambda shipment, *arguments, **variables: run("verify", f"--shipment={shipment}", *arguments, **variables)


@pytest.fixture
def cosign(run: Run) -> Run:
    """cosign(argument, …) -> the finished program."""
    return lambda *arguments, **variables: run("cosign", *arguments, **variables)
