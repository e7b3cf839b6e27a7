"""The fixture that most tests of Debian layers start from."""

from pathlib import Path

import pytest

from stack import Stack


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    """A stack that has no layer yet."""
    return Stack(tmp_path)
