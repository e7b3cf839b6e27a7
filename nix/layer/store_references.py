"""What store paths refer to.

Nix finds it by looking for the names of others in a path. For what a derivation asks about, it writes a file with the
closure (exportReferencesGraph): for each path in it, lines with the path, its deriver (left empty), a number, and as
many paths that it refers to.
"""

from collections.abc import Iterable
from pathlib import Path


def referenced(graphs: Iterable[Path]) -> set[str]:
    """The store paths that a path of these closures refers to, maybe to itself: so not the roots, unless it does."""
    found: set[str] = set()
    for graph in graphs:
        lines = iter(graph.read_text().splitlines())
        for _path in lines:
            next(lines)
            found.update(next(lines) for _ in range(int(next(lines))))
    return found
