"""Whose owner and mode a directory has, and in which layers it stands."""

import tarfile

from packages import Made, entry
from stack import Stack


def test_the_first_package_decides_a_directory(stack: Stack) -> None:
    stack.add(Made("a", {"srv/x": entry(tarfile.DIRTYPE, 0o700, uid=5)}), Made("b", {"srv/x/file": b""}))
    assert (stack.tree["srv/x"].mode, stack.tree["srv/x"].owner) == (0o700, (5, 0))


def test_an_upper_layer_repeats_a_directory_as_below(stack: Stack) -> None:
    stack.add(Made("a", {"srv/x": entry(tarfile.DIRTYPE, 0o1770, gid=7), "opt": entry(tarfile.DIRTYPE)}))
    stack.add(Made("b", {"srv/x/file": b"", "opt": entry(tarfile.DIRTYPE, 0o700)}))
    assert (stack.last["srv/x"].mode, stack.last["srv/x"].owner) == (0o1770, (0, 7))
    assert "opt" not in stack.last
