"""The contents of an image → its provenance: an in-toto Statement v1 with a predicate of SLSA Provenance v1, in JSON.

It tells of what the image was built: each package by its URL and sum, the commits of the sources, and the programs that
made it. Who signs it, vouches for it.
"""

from pathlib import Path
from typing import Any

import contents
import purl
from contents import REVISION, SOURCE, Contents
from oci_layout import encode

PREDICATE_TYPE = "https://slsa.dev/provenance/v1"
# They need to be URIs, not to lead anywhere.
BUILD_TYPE = "urn:uvicorn-gunicorn-fastapi:nix-flake:v1"
BUILDER = "urn:uvicorn-gunicorn-fastapi:nix-sandbox:v1"

Resource = dict[str, Any]


def build(spec: dict[str, Any], out: Path) -> None:
    """Write the statement of the image that contents.read finds by `spec` to the file `out`.

    These are beside the spec of contents.read:
    revision  the commit of the flake that has the programs which build the image; null if it was not built of a commit
    tools     [{"name", "version", "architecture", "sha256"}]: the Debian packages of the builders
    """
    out.write_bytes(encode(statement(contents.read(spec), spec["revision"], spec["tools"])))


def statement(of: Contents, revision: str | None, tools: list[dict[str, str]]) -> dict[str, Any]:
    """The statement about an image; `build` says what the arguments are."""
    labels = of.config.get("config", {}).get("Labels") or {}
    dependencies: list[Resource] = []
    if REVISION in labels:
        dependencies.append(_commit("source", labels[REVISION], labels.get(SOURCE)))
    if revision:
        dependencies.append(_commit("images", revision))
    dependencies += [
        {"uri": package.purl, "digest": {"sha256": package.sha256}} for package in of.packages if package.sha256
    ]
    dependencies += [
        {
            "name": "builder",
            "uri": purl.deb(tool["name"], tool["version"], tool["architecture"]),
            "digest": {"sha256": tool["sha256"]},
        }
        for tool in tools
    ]
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": of.purl, "digest": {"sha256": of.digest.removeprefix("sha256:")}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {"image": f"{of.name}:{of.tag}", "architecture": of.config["architecture"]},
                "resolvedDependencies": dependencies,
            },
            "runDetails": {"builder": {"id": BUILDER}},
        },
    }


def _commit(name: str, commit: str, uri: str | None = None) -> Resource:
    return {"name": name, "digest": {"gitCommit": commit}} | ({"uri": uri} if uri else {})


if __name__ == "__main__":
    from builder import run

    run("attestations", build)
