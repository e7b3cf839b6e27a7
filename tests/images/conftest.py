"""The image under test: the archive that the environment variable IMAGE names."""

import os
from pathlib import Path

import pytest

from image_tree import Image


@pytest.fixture(scope="session")
def image() -> Image:
    if "IMAGE" not in os.environ:
        pytest.skip("IMAGE names no image archive")
    return Image(Path(os.environ["IMAGE"]))
