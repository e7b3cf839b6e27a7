"""What runTest makes of what the author of a test writes, in the words of NixOS too."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TEST = Path(__file__).parents[2] / "nix/testers/test.nix"

Evaluate = Callable[..., "subprocess.CompletedProcess[str]"]


class Author:
    """Writes tests, and sees what becomes of them; `folder` is where the paths of a test begin."""

    def __init__(self, evaluate: Evaluate, folder: Path) -> None:
        self.folder = folder
        self._evaluate = evaluate

    def write(self, test: str, what: str = "test") -> "subprocess.CompletedProcess[str]":
        file = self.folder / "evaluated.nix"
        file.write_text(f"""
            let
              read = import {TEST} {{
                packages = [ {{ name = "jq"; file = "jq.deb"; }} {{ name = "curl"; file = "curl.deb"; }} ];
                address = number: "10.0.0.${{toString number}}";
              }};
              test = read ({test});
            in {what}
            """)
        return self._evaluate(str(file))

    def reads(self, test: str, what: str) -> Any:
        """The value of `what` for a test."""
        finished = self.write(test, what)
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout)

    def refused(self, test: str, what: str = 'removeAttrs test [ "nodes" ]') -> str:
        """The one line of the error."""
        finished = self.write(test, what)
        assert finished.returncode != 0, finished.stdout
        (line,) = [line for line in map(str.strip, finished.stderr.splitlines()) if line.startswith("error: ")]
        return line.removeprefix("error: ")

    def node(self, node: str, what: str) -> Any:
        """The same for the one machine of a test."""
        return self.reads(f'{{ name = "t"; testScript = ""; nodes.m = {node}; }}', f"test.nodes.m.{what}")

    def refused_node(self, node: str) -> str:
        everything = 'map (m: removeAttrs m [ "config" ]) (builtins.attrValues test.nodes)'
        return self.refused(f'{{ name = "t"; testScript = ""; nodes.m = {node}; }}', everything)


@pytest.fixture
def author(evaluate: Evaluate, tmp_path: Path) -> Author:
    return Author(evaluate, tmp_path)


def test_what_is_left_out_has_defaults(author: Author) -> None:
    assert author.node("{ }", "memorySize") == author.node("{ }", "diskSize") == 1024
    assert author.node("{ }", "cores") == 1
    assert author.node("{ }", "packages") == []


@pytest.mark.parametrize("size", ["memorySize", "diskSize", "cores"])
@pytest.mark.parametrize("prefix", ["", "virtualisation."])
def test_sizes_in_our_words_and_those_of_nixos(author: Author, prefix: str, size: str) -> None:
    settings = f"{{ {prefix}{size} = 7; }}"
    for node in (settings, f"{{ pkgs, lib, config, modulesPath, options, ... }}: {settings}"):
        assert author.node(node, size) == author.node(node, f"virtualisation.{size}") == 7


def test_packages_in_our_words_and_those_of_nixos(author: Author) -> None:
    node = '{ packages = [ "/store/hello" ]; environment.systemPackages = [ "/store/world" ]; }'
    assert author.node(node, "packages") == ["/store/hello", "/store/world"]


def test_what_every_machine_has_is_not_installed_again(author: Author) -> None:
    node = (
        '{ pkgs, ... }: { packages = [ pkgs.jq ]; environment.systemPackages = [ { name = "z"; file = "z.deb"; } ]; }'
    )
    assert [package["name"] for package in author.node(node, "packages")] == ["z"]


def test_a_node_knows_itself_and_the_others(author: Author) -> None:
    test = """{
      name = "t";
      testScript = "";
      nodes.a = { name, nodes, config, ... }: {
        cores = nodes.b.virtualisation.cores + 1;
        files."/about".text = "${name} ${toString config.cores} ${nodes.b.networking.primaryIPAddress}";
      };
      nodes.b.cores = 2;
    }"""
    assert author.reads(test, "test.nodes.a.files.about.text") == "a 3 10.0.0.2"


def test_functions_get_the_packages_of_the_test(author: Author) -> None:
    test = """{ lib, ... }: {
      name = lib.word;
      hostPkgs = { lib.word = "hello"; hello = /hello; };
      nodes.m = { pkgs, lib, ... }: { files.a.text = lib.word; environment.systemPackages = [ pkgs.hello ]; };
      testScript = "";
    }"""
    assert author.reads(test, "test.name") == author.reads(test, "test.nodes.m.files.a.text") == "hello"
    assert author.reads(test, "test.nodes.m.packages == [ /hello ]") is True


def test_tests_and_nodes_may_be_files(author: Author) -> None:
    (author.folder / "node.nix").write_text("{ pkgs, ... }: { cores = 3; }")
    (author.folder / "test.nix").write_text('{ ... }: { name = "t"; nodes.m = ./node.nix; testScript = ""; }')
    assert author.reads("./test.nix", "test.nodes.m.cores") == 3


@pytest.mark.parametrize("path", ["etc/a", "/etc/a", "//etc/a"])
def test_files_with_and_without_a_leading_slash(author: Author, path: str) -> None:
    file = '{ text = "x"; mode = "0600"; }'
    assert author.node(f'{{ files."{path}" = {file}; }}', "files") == {"etc/a": {"text": "x", "mode": "0600"}}


@pytest.mark.parametrize(
    "script",
    ["./script.py", '"start_all()\\n"', "{ nodes, ... }: ./script.py", "{ nodes }: builtins.readFile ./script.py"],
)
def test_script_is_a_path_a_text_or_a_function(author: Author, script: str) -> None:
    (author.folder / "script.py").write_text("start_all()\n")
    assert (
        author.reads(f'{{ name = "t"; nodes = {{ }}; testScript = {script}; }}', "test.testScript") == "start_all()\n"
    )


def test_script_may_ask_for_the_nodes(author: Author) -> None:
    script = '{ nodes, ... }: "${nodes.m.networking.primaryIPAddress} ${nodes.m.config.networking.hostName}"'
    test = f'{{ name = "t"; nodes.m = {{ }}; testScript = {script}; }}'
    assert author.reads(test, "test.testScript") == "10.0.0.1 m"


def test_what_changes_nothing_here_is_taken(author: Author) -> None:
    test = """{
      name = "t"; nodes.m = { }; testScript = "";
      meta.maintainers = [ "me" ]; skipTypeCheck = true; skipAnything = { a = 1; };
    }"""
    assert author.reads(test, "[ test.meta test.lint ]") == [{"maintainers": ["me"]}, True]
    assert author.reads('{ name = "t"; testScript = ""; skipLint = true; }', "test.lint") is False


def test_all_that_is_unknown_is_told_at_once(author: Author) -> None:
    said = author.refused("""{
      name = "t"; testScript = ""; enableOCR = true; machine = { };
      nodes.a = { pkgs, ... }: {
        services.nginx.enable = true; networking.firewall.enable = false; memory = 3;
        virtualisation = { memorySize = 3; vlans = [ 1 ]; }; environment.variables.A = "b";
      };
      nodes.b.files."/etc/a" = { text = ""; user = "nobody"; };
    }""")
    assert said.startswith("testers: t: ")
    unknown, takes = said.removeprefix("testers: t: ").split(": not known here; ")
    assert set(unknown.split(", ")) == {
        "enableOCR",
        "machine",
        "nodes.a.services.nginx",
        "nodes.a.networking.firewall",
        "nodes.a.memory",
        "nodes.a.virtualisation.vlans",
        "nodes.a.environment.variables.A",
        'nodes.b.files."/etc/a".user',
    }
    assert all(name in takes for name in ("testScript", "skip*", "memorySize", "environment.systemPackages"))


@pytest.mark.parametrize(
    ("test", "says"),
    [
        ("[ ]", "runTest: takes a set, such as "),
        ("{ }", "runTest: name: is missing or no string"),
        ('{ name = "t"; }', "t: testScript: is missing"),
        ('{ name = "t"; testScript = ./none.py; }', "t: testScript: "),
        ('{ name = "t"; testScript = [ ]; }', "t: testScript: a list is neither a path nor a string"),
        ('{ name = "t"; testScript = ""; nodes = [ ]; }', "t: nodes: a list is not a set of machines"),
        ('{ name = "t"; testScript = ""; globalTimeout = "1"; }', 't: globalTimeout: "1" is not a whole number'),
    ],
)
def test_a_line_says_what_is_wrong_with_a_test(author: Author, test: str, says: str) -> None:
    assert author.refused(test).startswith(f"testers: {says}")


@pytest.mark.parametrize(
    ("node", "says"),
    [
        ("3", ": 3 is neither a set nor a function that gives one"),
        ("{ pkgs, ... }: [ ]", ": a list is neither a set nor a function that gives one"),
        ('{ cores = "1"; }', '.cores: "1" is not a whole number above 0'),
        ("{ virtualisation.diskSize = 0; }", ".diskSize: 0 is not a whole number above 0"),
        ("{ cores = 1; virtualisation.cores = 2; }", ".cores: stands there twice"),
        ('{ packages = [ "curl" ]; }', '.packages: "curl" is not a package'),
        ("{ environment.systemPackages = { }; }", ".environment.systemPackages: a set is not a list of packages"),
        ("{ files = [ ]; }", ".files: is not a set such as"),
        ('{ files.a = "x"; }', ".files: is not a set such as"),
        ("{ files.a = { }; }", '.files."a": has neither or both of text and source'),
        ('{ files.a = { text = ""; source = ./a; }; }', '.files."a": has neither or both of text and source'),
        ('{ files.a = { text = ""; mode = 644; }; }', '.files."a".mode: 644 is not of the form "0644"'),
        ('{ files."/".text = ""; }', '.files."/": is not the path of a file'),
        ('{ files."a/../b".text = ""; }', '.files."a/../b": is not the path of a file'),
        ('{ files."/a/".text = ""; }', '.files."/a/": is not the path of a file'),
        ('{ files = { a.text = ""; "/a".text = ""; }; }', ".files: a path stands there twice"),
    ],
)
def test_a_line_says_what_is_wrong_with_a_node(author: Author, node: str, says: str) -> None:
    assert author.refused_node(node).startswith(f"testers: t: nodes.m{says}")


@pytest.mark.parametrize("argument", ["lib", "modulesPath", "options"])
def test_what_only_nixpkgs_has(author: Author, argument: str) -> None:
    said = author.refused_node(f"{{ {argument}, ... }}: {{ cores = {argument}.two; }}")
    assert said.startswith(f"testers: t: {argument}: ")
