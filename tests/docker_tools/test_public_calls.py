"""Public calls of nixpkgs' dockerTools build here, or are refused in a line that says what to do."""

import json
import re
from pathlib import Path

import pytest

from nix_builds import Store

pytestmark = pytest.mark.slow

CALLS = Path(__file__).parent / "public_calls.nix"
# What is refused, and the message.
REFUSED = {
    "cofree-bot": "config.Entrypoint: '/.*/bin/bash' is not a list",
    "nvim": "runAsRoot is not supported; nothing runs as root while an image is composed, use ",
    "nix": "includeNixDB is not supported; ",
}
# What runs, and the program that does.
RUNNING: dict[str, str] = json.loads((CALLS.parent / "public_programs.json").read_text())


def call(name: str) -> str:
    return f"(import {CALLS} {{ dockerTools = tools; inherit package; program = name: program name [ ]; }}).{name}"


@pytest.mark.parametrize(("name", "program"), RUNNING.items())
def test_it_builds_and_has_its_program(store: Store, name: str, program: str) -> None:
    image = store.image(call(name))
    config = image.config["config"]
    command = (config.get("Entrypoint") or config["Cmd"])[0]
    found = image.resolve(command if "/" in command else f"bin/{command}")
    assert image.content[found] == f"#!/bin/sh\necho {program}\n".encode()
    assert image.tree[found].mode & 0o111 == 0o111
    # All that is a link leads to something.
    links = [link for link, member in image.tree.items() if member.issym() and link != "app/secrets/token"]
    assert [link for link in links if image.resolve(link) not in image.tree] == []


def test_what_commands_did(store: Store) -> None:
    images = {name: store.image(call(name)) for name in RUNNING}
    assert [f"{images[name].tree['tmp'].mode:o}" for name in ("caddy", "arguemapper", "homepage", "nanocodex")] == [
        "1777"
    ] * 4
    assert images["homepage"].tree["app/config"].uid == images["user-home"].tree["home/user"].uid == 1000
    private = images["bitcoin-core"].tree["home/bitcoin/.bitcoin"]
    assert (private.mode, private.uid, private.gid) == (0o700, 1000, 1000)
    assert images["baby-shower"].tree["data"].mode == 0o777
    assert images["baby-shower"].read("app/.output/index.html") == images["nanocodex"].read("opt-site/index.html")
    assert images["nanocodex"].tree["app/secrets/token"].linkname == "/run/secrets/token"
    assert len(images["grabby"].layers) == 2


@pytest.mark.parametrize(("name", "message"), REFUSED.items())
def test_it_is_refused(store: Store, name: str, message: str) -> None:
    done = store.run(f"({call(name)}).metadata")
    assert done.returncode != 0
    assert re.search(message, done.stderr)
    assert "Traceback" not in done.stderr
