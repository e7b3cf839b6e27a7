"""What the tests of several stages share: Nix where it is at hand, and made-up trees and layers."""

import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# Like hypothesis' own profile "ci", which pyproject.toml chooses, these have the same examples each time, and no time
# limit for one. That profile has 100 of them.
for name, count in (("short", 25), ("long", 900)):
    settings.register_profile(name, settings.get_profile("ci"), max_examples=count)

Evaluate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeTree = Callable[..., Path]
MakeLayer = Callable[..., Path]


def pytest_configure() -> None:
    """Let signals have their usual effect here and in all that the tests start.

    What a shell runs in the background ignores SIGINT, and what nohup runs ignores SIGHUP.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def evaluate(tmp_path_factory: pytest.TempPathFactory) -> Evaluate:
    """evaluate(file), evaluate("--expr", expression) -> the finished nix-instantiate, whose stdout is JSON.

    In an expression, `./.` is an empty folder: Nix copies what it names, and the repository changes while tests run.
    """
    if shutil.which("nix-instantiate") is None:
        pytest.skip("nix-instantiate is not on PATH")

    folder = tmp_path_factory.mktemp("evaluate")

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = ["nix-instantiate", "--eval", "--strict", "--json", *arguments]
        return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)

    return run


@pytest.fixture
def make_tree(tmp_path: Path) -> MakeTree:
    """make_tree({"bin/sh": b"content"}, name="tree") -> its folder."""

    def make(files: dict[str, bytes], name: str = "tree") -> Path:
        root = tmp_path / name
        root.mkdir()
        for file, content in files.items():
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_bytes(content)
        return root

    return make


@pytest.fixture
def make_layer(tmp_path: Path) -> MakeLayer:
    """make_layer((tree, prefix), …, links={}, name="layer", below=[folder], modes={}, …) -> the layer's folder."""
    import tree_layer

    def make(
        *trees: tuple[Path, str], links: dict[str, str] | None = None, name: str = "layer", **further: Any
    ) -> Path:
        spec: dict[str, Any] = {
            "name": name,
            "trees": [{"path": str(path), "prefix": prefix} for path, prefix in trees],
            "links": links or {},
            "mtime": 1,
            "storeDir": "/nix/store",
        }
        tree_layer.build(spec | further, tmp_path / name)
        return tmp_path / name

    return make
