"""Modes and owners that somebody gives for a layer's members."""

import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

Make = Callable[..., Path]


def test_modes_and_owners(make_tree: Make, make_layer: Make) -> None:
    tree = make_tree({"app/data/x": b"", "app/secret": b"", "etc/x": b"", "run": b""})
    layer = make_layer(
        (tree, "srv"),
        links={"srv/app/link": "x"},
        modes={"srv/app/secret": "0640", "/srv/app/data": "1777", "srv/run": "4755"},
        owners={"srv/app": "1000:100", "srv/app/data": "0:0"},
    )
    with tarfile.open(layer / "layer.tar", "r:") as tar:
        found = {member.name: (f"{member.mode:o}", member.uid, member.gid) for member in tar}
    assert found == {
        "srv": ("755", 0, 0),
        "srv/app": ("755", 1000, 100),
        "srv/app/data": ("1777", 0, 0),
        "srv/app/data/x": ("644", 0, 0),
        "srv/app/link": ("777", 1000, 100),
        "srv/app/secret": ("640", 1000, 100),
        "srv/etc": ("755", 0, 0),
        "srv/etc/x": ("644", 0, 0),
        "srv/run": ("4755", 0, 0),
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"modes": {"a": "rwx"}}, r"modes: a: 'rwx' is not a mode such as \"0640\""),
        ({"modes": {"a": 640}}, "modes: a: 640 is not a mode"),
        ({"modes": {"a": "0888"}}, "modes: a: '0888' is not a mode"),
        ({"owners": {"a": "app"}}, r"owners: a: 'app' is not an owner such as \"1000:1000\""),
        ({"owners": {"a": 1000}}, "owners: a: 1000 is not an owner"),
        ({"owners": {"a": "4294967295:0"}}, "a: its uid is out of range"),
        ({"modes": {"b": "0640"}}, "modes: b: is in none of the trees; correct the name"),
        ({"owners": {"b/c": "0:0"}}, "owners: b/c: is in none of the trees; correct the name"),
        ({"modes": {"link": "0640"}, "links": {"link": "a"}}, "modes: link: is a symlink, which has no mode"),
    ],
)
def test_refused(
    make_tree: Make, make_layer: Make, tmp_path: Path, changes: dict[str, dict[str, object]], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        make_layer((make_tree({"a": b""}), ""), **changes)
    assert not (tmp_path / "layer" / "layer.tar").exists()


@pytest.mark.parametrize("name", [".wh.passwd", ".wh..wh..opq", ".wh.folder/file"])
def test_what_an_engine_would_take_for_a_removal(make_tree: Make, make_layer: Make, name: str) -> None:
    with pytest.raises(ValueError, match=r"^etc/\.wh\..*: an engine would take \.wh\. for the removal of a file"):
        make_layer((make_tree({f"etc/{name}": b""}), ""))
