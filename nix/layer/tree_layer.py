"""A layer made of trees of plain files, such as store paths."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attributes
import lower_layers
import plain_tree
import store_references
from commands import Workshop
from layer_tar import LayerTar


def build(spec: dict[str, Any], out: Path) -> None:
    """Write the layer of `spec` to `out`, as `write` does."""
    with TemporaryDirectory() as folder:
        write(spec, out, Path(folder))


def write(spec: dict[str, Any], out: Path, folder: Path) -> None:
    """Write the layer of `spec` to `out`. Commands run in `folder`, and may keep its name, so builders have the same.

    trees, links, mtime, storeDir  the arguments of plain_tree.members, which says what reaches the layer. A tree with a
                                   "graph", a file of store_references.py, is linked if its closure refers to it
    These may be missing:
    modes, owners      see attributes.py
    below              the layers and images below, lowest first (lower_layers.tars_in)
    commands, busybox  [{"name": for errors, "text"}], run by busybox's shell in a tree of all that (commands.py)

    Raises ValueError as plain_tree.members and LayerTar.add do, for arguments of another type, and if a command fails.
    """
    if type(spec["mtime"]) is not int:
        raise ValueError(f"mtime: {spec['mtime']!r} is no whole number of seconds")
    for where, text in (*spec["links"].items(), *(("prefix", tree["prefix"]) for tree in spec["trees"])):
        if not isinstance(text, str):
            raise ValueError(f"{where}: {text!r} is no string")
    given = attributes.Given(spec.get("modes", {}), spec.get("owners", {}))
    trees, links, finish = [_linked(tree) for tree in spec["trees"]], spec["links"], [given.finish]
    common = {"mtime": spec["mtime"], "store_dir": spec["storeDir"]}
    if spec.get("commands"):
        workshop = Workshop(folder, spec["busybox"])
        workshop.fill(plain_tree.members(trees, links, **common))
        for command in spec["commands"]:
            workshop.run(command["name"], command["text"])
        workshop.close()
        trees, links, finish = [{"path": str(workshop.tree), "prefix": ""}], {}, [workshop.finish, given.finish]
    below = lower_layers.read(lower_layers.tars_in(spec.get("below", [])))
    with LayerTar(out) as layer:
        for member, data in plain_tree.members(trees, links, below=below, finish=finish, **common):
            layer.add(member, data)
        given.check_used()


def _linked(tree: dict[str, Any]) -> dict[str, Any]:
    graphs = [Path(tree["graph"])] if tree.get("graph") else []
    paths = store_references.referenced(graphs)
    return tree | {"linked": any(f"{tree['path']}/".startswith(f"{path}/") for path in paths)}


if __name__ == "__main__":
    from builder import run

    run("layer", lambda spec, out: write(spec, out, Path.cwd()))
