"""What a user may write of an image, with made-up values: it gives an image or one line."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import image
import oci_config
from image_spec import SPEC

texts = st.text() | st.sampled_from(
    ["a/b", "registry.example:5000/a", "A=1", "80/tcp", "/data", "2026-01-31", "@1", "CMD"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
configs = st.dictionaries(st.sampled_from(sorted(oci_config.PROPERTIES)), values, max_size=4)


def survives(spec: dict[str, Any]) -> None:
    """Make the image: what comes out is one line, or metadata that are as JSON has them."""
    with TemporaryDirectory() as folder:
        try:
            image.build(spec, Path(folder, "image"))
        except ValueError as error:
            assert str(error).isprintable() and len(str(error)) < 2000
        else:
            config = json.loads(Path(folder, "image", "config.json").read_bytes())
            assert config["created"].endswith("Z")


@pytest.mark.fuzz
@given(st.sampled_from(sorted(image.CHECKS)), values)
def test_made_up_arguments(key: str, value: Any) -> None:
    survives(SPEC | {key: value})


@pytest.mark.fuzz
@given(configs | values)
def test_made_up_configs(config: Any) -> None:
    survives(SPEC | {"config": config})
