"""SECURITY.md says of each Python that pins name how long it is supported."""

import re
import tomllib

import pytest

from documents import REPOSITORY, read, rows

PINS = [tomllib.loads(path.read_text()) for path in sorted((REPOSITORY / "nix/pins").glob("*.toml"))]
SUPPORTED = {row[0]: row for row in rows(read("SECURITY.md")) if row[0].startswith("Python ")}


@pytest.mark.parametrize("pins", [pins for pins in PINS if "python" in pins], ids=lambda pins: pins["python"])
def test_every_python_has_its_dates(pins: dict[str, str]) -> None:
    _, debian, *ends = SUPPORTED[f"Python {pins['python']}"]
    assert pins["suite"] in debian
    if pins.get("rolling"):
        assert ends[:2] == ["none", "none"]  # nobody supports Debian testing
        ends = ends[2:]
    assert all(re.search(r"\b20\d\d-\d\d\b", end) for end in ends)


def test_no_python_is_promised_that_there_is_not() -> None:
    assert set(SUPPORTED) == {f"Python {pins['python']}" for pins in PINS if "python" in pins}
