"""A pip that gets on is waited for; one to which the index drips is not."""

import subprocess
import sys
from pathlib import Path

import pytest

import pip_watch
from pinned_files import Wheel
from pip_download import TOO_SLOW, condense

WHEEL = Wheel("idna-3.10-py3-none-any.whl", "", "", "idna", "3.10", "idna-3.10-py3-none-any.whl")


def watch(folder: Path, program: str, monkeypatch: pytest.MonkeyPatch, window: float) -> bool:
    monkeypatch.setattr(pip_watch, "WINDOW", window)
    output = folder / "output"
    with output.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-c", program], cwd=folder, stdout=out)
    try:
        return pip_watch.ended(process, folder, output)
    finally:
        process.kill()
        process.wait()


def test_a_pip_to_which_the_index_drips_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drip = "import time\nwhile True: open('part', 'ab').write(b'x'); time.sleep(0.01)"
    assert not watch(tmp_path, drip, monkeypatch, 0.1)
    (failed, error) = condense(TOO_SLOW, [WHEEL])
    assert failed == [WHEEL] and error.hopeless and "next to nothing" in str(error)


@pytest.mark.parametrize("work", ["open('part', 'ab').write(bytes(200_000))", "print('Collecting', flush=True)"])
def test_a_pip_that_gets_on_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: str) -> None:
    program = f"import time\nfor _ in range(60): {work}; time.sleep(0.01)"
    assert watch(tmp_path, program, monkeypatch, 0.2)
