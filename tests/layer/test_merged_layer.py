"""Several layers as one: what is in the image stays the same."""

import tarfile
from pathlib import Path

import merged_layer
from layer_tar import LayerTar, tar_member


def layer(folder: Path, *members: str) -> Path:
    """A layer of directories (a/), symlinks (a -> b), hard links (a => b), and files, which hold their name."""
    with LayerTar(folder) as made:
        for text in members:
            name, _, target = text.partition(" => " if " => " in text else " -> ")
            kind = tarfile.LNKTYPE if " => " in text else tarfile.SYMTYPE if target else tarfile.REGTYPE
            if name.endswith("/"):
                made.add(tar_member(name, 1, tarfile.DIRTYPE, 0o700))
            else:
                content = f"{name} of {folder.name}".encode() if kind == tarfile.REGTYPE else None
                made.add(tar_member(name, 1, kind, 0o644, link=target), content)
    return folder / "layer.tar"


def merged(tmp_path: Path, *layers: Path) -> dict[str, str]:
    """Name → content of a file, target of a symlink, or mode of a directory."""
    merged_layer.write(tmp_path / "merged", layers)
    with tarfile.open(tmp_path / "merged" / "layer.tar") as tar:
        return {
            member.name: file.read().decode()
            if (file := tar.extractfile(member) if not member.issym() else None)
            else member.linkname or f"{member.mode:o}"
            for member in tar
        }


def test_the_uppermost_is_kept(tmp_path: Path) -> None:
    lower = layer(tmp_path / "lower", "etc/", "etc/a", "etc/b", "was/", "was/folder/", "was/folder/x", "z")
    upper = layer(tmp_path / "upper", "etc/a", "etc/a-b", "was/folder -> z")
    assert merged(tmp_path, lower, upper) == {
        "etc": "700",
        "etc/a": "etc/a of upper",
        "etc/a-b": "etc/a-b of upper",
        "etc/b": "etc/b of lower",
        "was": "700",
        "was/folder": "z",
        "z": "z of lower",
    }


def test_hard_links_keep_their_content(tmp_path: Path) -> None:
    lower = layer(tmp_path / "lower", "b", "a => b", "c", "aa => c", "d => c")
    upper = layer(tmp_path / "upper", "b", "c -> b")
    assert merged(tmp_path, lower, upper) == {
        "a": "b of lower",
        "aa": "c of lower",
        "b": "b of upper",
        "c": "b",
        "d": "c of lower",
    }
    assert merged(tmp_path, lower)["a"] == "b of lower"
