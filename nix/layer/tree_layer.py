"""A layer made of trees of plain files, such as store paths."""

from pathlib import Path
from typing import Any

import attributes
import lower_layers
import plain_tree
from layer_tar import LayerTar


def build(spec: dict[str, Any], out: Path) -> None:
    """Write the layer of `spec` to `out`.

    trees, links, mtime, storeDir  the arguments of plain_tree.members, which says what reaches the layer
    modes, owners                  see attributes.py; may be missing
    below                          the layers and images below, lowest first (lower_layers.tars_in); may be missing

    Raises ValueError as plain_tree.members and LayerTar.add do, and for arguments of another type.
    """
    if type(spec["mtime"]) is not int:
        raise ValueError(f"mtime: {spec['mtime']!r} is no whole number of seconds")
    for where, text in (*spec["links"].items(), *(("prefix", tree["prefix"]) for tree in spec["trees"])):
        if not isinstance(text, str):
            raise ValueError(f"{where}: {text!r} is no string")
    given = attributes.Given(spec.get("modes", {}), spec.get("owners", {}))
    members = plain_tree.members(
        spec["trees"],
        spec["links"],
        mtime=spec["mtime"],
        store_dir=spec["storeDir"],
        below=lower_layers.read(lower_layers.tars_in(spec.get("below", []))),
        finish=given.finish,
    )
    with LayerTar(out) as layer:
        for member, data in members:
            layer.add(member, data)
        given.check_used()


if __name__ == "__main__":
    from builder import run

    run("layer", build)
