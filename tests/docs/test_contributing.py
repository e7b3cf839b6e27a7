"""The map of the house in CONTRIBUTING.md has every room."""

import pytest

from documents import REPOSITORY, code, read, rows

# Their own tools write these.
LEFTOVERS = {"__pycache__"}


def mapped(folder: str) -> set[str]:
    """What the table of this folder names."""
    table = read("CONTRIBUTING.md").partition(f"| in `{folder}/` |")[2].partition("\n\n")[0]
    return {name.rstrip("/") for row in rows("\n".join(table.splitlines()[2:])) for name in code(row[0])}


@pytest.mark.parametrize("folder", ["nix", "runtime", "tests"])
def test_the_map_is_complete(folder: str) -> None:
    there = {path.name for path in (REPOSITORY / folder).iterdir() if folder != "tests" or path.is_dir()}
    assert mapped(folder) == there - LEFTOVERS
