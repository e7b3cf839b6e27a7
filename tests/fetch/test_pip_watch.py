"""A pip that gets on is waited for; one to which the index drips is not."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pinned_files import Wheel
from pip_download import TOO_SLOW, condense
from pip_watch import ended

WHEEL = Wheel("idna-3.10-py3-none-any.whl", "", "", "idna", "3.10", "idna-3.10-py3-none-any.whl")


class Pip:
    """Stands for a pip that takes some spans of time, in each of which it calls `work`."""

    def __init__(self, work: Callable[[], object], spans: int) -> None:
        self.work, self.spans = work, spans
        self.killed = False

    def wait(self, timeout: float | None = None) -> int:
        if self.spans and timeout is not None:
            self.spans -= 1
            self.work()
            raise subprocess.TimeoutExpired("pip", timeout)
        return 0

    def kill(self) -> None:
        self.killed = True


def append(path: Path, size: int) -> None:
    with path.open("ab") as file:
        file.write(b"x" * size)


def watch(pip: Any, folder: Path) -> bool:
    return ended(pip, folder, folder / "output")


def test_a_pip_to_which_the_index_drips_is_ended(tmp_path: Path) -> None:
    pip = Pip(lambda: append(tmp_path / "part", 120), 1000)
    assert not watch(pip, tmp_path)
    assert pip.killed and pip.spans == 999
    (failed, error) = condense(TOO_SLOW, [WHEEL])
    assert failed == [WHEEL] and error.hopeless and "next to nothing" in str(error)


@pytest.mark.parametrize(("file", "size"), [("part", 200_000), ("output", 10)], ids=["a file grows", "a line comes"])
def test_a_pip_that_gets_on_is_waited_for(tmp_path: Path, file: str, size: int) -> None:
    pip = Pip(lambda: append(tmp_path / file, size), 10)
    assert watch(pip, tmp_path)
    assert not pip.killed
