"""What of a script's names is told before anything boots, and what is not."""

from pathlib import Path

import pytest

from driver import Driver
from names import complaints
from script import build

NODES = ["server", "web-client"]


def only(script: str, nodes: list[str] = NODES) -> str:
    """The one complaint about the script."""
    (found,) = complaints(script, nodes)
    return found


@pytest.mark.parametrize(
    "script",
    [
        "server.wait_for_unit('nginx')",
        "web_client.wait_for_unit('nginx', timeout=30)",
        "for machine in machines:\n    machine.wait_for_unit('nginx')",
        "def login(machine):\n    machine.wait_for_unit('nginx')",
        "machines[0].wait_for_unit('nginx')",
        "[m.wait_for_unit('nginx') for m in (server, web_client)]",
        "with subtest('a'):\n    if True:\n        server.wait_for_unit('nginx')",
        "retry(lambda _: server.wait_for_unit('nginx'))",
    ],
)
@pytest.mark.parametrize("lint", [True, False])
def test_units_are_told_wherever_they_stand(script: str, lint: bool) -> None:
    (found,) = complaints(script, NODES, lint)
    assert "wait_for_unit" in found and found.endswith(": no systemd here; use wait_until_succeeds")


@pytest.mark.parametrize(
    ("script", "what"),
    [
        ("server.suceed('ls')", "server.suceed (line 1): no such attribute; is it succeed?"),
        ("\nsevrer.succeed('ls')", "sevrer (line 2): no such name; is it server?"),
        ("machine.succeed('ls')", "machine (line 1): no such name; the machines are server, web_client"),
        ("json.loads('1')", "json (line 1): no such name"),
        ("t.assertsIn('a', 'ab')", "t.assertsIn (line 1): no such attribute; is it assertIn?"),
        ("log.inform('a')", "log.inform (line 1): no such attribute; is it info?"),
        ("os.getenvv('a')", "os.getenvv (line 1): no such attribute; is it getenv?"),
        ("server.screenshot('a')", "server.screenshot (line 1): no screen or keyboard here; use succeed"),
        ("for m in machines:\n    m.foo()", "m.foo (line 2): no such attribute"),
        ("def f(m: Machine):\n    m.foo()", "m.foo (line 2): no such attribute"),
        ("one = server\none.foo()", "one.foo (line 2): no such attribute"),
        ("driver.machines", "driver (line 1): this driver has none; leave it out"),
        ("server.foo()\nserver.foo()", "server.foo (lines 1, 2): no such attribute"),
    ],
)
def test_what_does_not_exist_is_told(script: str, what: str) -> None:
    assert only(script) == what


def test_the_only_machine_is_called_machine_too() -> None:
    assert complaints("machine.succeed('ls'); server.succeed('ls')", ["server"]) == []


@pytest.mark.parametrize(
    "script",
    [
        "\n".join(f"{name}" for name in Driver.SYMBOLS),
        "server.succeed('ls'); server.name; server.console; web_client.wait_for_shutdown()",
        "import json, os.path as p\nfrom time import sleep as nap\njson.loads('1'); p.join('a'); nap(1)",
        "def f(a, *b, c=1, **d):\n    return a, b, c, d, f\nprint(f(1))",
        "def f():\n    return later\nlater = 1\nf()",
        "def f():\n    global made\n    made = 1\nf()\nprint(made)",
        "class Client:\n    def wait_for_unit(self):\n        return self.wait_for_unit()\nClient().wait_for_unit()",
        "def install(machine):\n    return machine.whatever",  # whatever it is called with
        "log = server.succeed('ls')\nlog.splitlines()",
        "for t in [1]:\n    t.bit_length()",
        "for server in ['a']:\n    server.upper()",
        "with open('a') as f, subtest('b'):\n    f.read()",
        "try:\n    pass\nexcept OSError as error:\n    print(error)",
        "print([x for x in range(3) if (y := x)], y, {a: b for a, b in {}.items()}, lambda z: z)",
        "match 1:\n    case {'a': a, **rest}:\n        print(a, rest)\n    case [b, *c]:\n        print(b, c)",
        "match 1:\n    case d:\n        print(d)",
        "server.wait_for_unit = lambda unit: None\nserver.wait_for_unit('a')",
        "setattr(server, 'greet', print)\nserver.greet('a')",
        "from math import *\nprint(pi)",
        "globals()['made'] = 1\nprint(made)",
        "def f(m: Whatever) -> Another:\n    x: Third = 1\n    return x",
        "try:\n    server.frob()\nexcept AttributeError:\n    pass",
        "try:\n    made\nexcept NameError:\n    made = 1\nprint(made)",
        "page = object()\npage.screenshot()",
        "@polling_condition\ndef up():\n    pass\nwith up:\n    pass\nup.wait()",
        "assert __name__",
    ],
)
def test_what_the_script_or_python_has_is_no_mistake(script: str) -> None:
    assert complaints(script, NODES) == []


def test_without_lint_unknown_names_are_left_to_python() -> None:
    assert complaints("frob(server.frob)", NODES, lint=False) == []


def test_a_machine_goes_before_what_is_called_the_same() -> None:
    assert complaints("t.succeed('ls'); log.succeed('ls')", ["t", "log"]) == []


def spec(script: str) -> dict[str, object]:
    return {"name": "trial", "nodes": NODES, "testScript": script, "lint": True}


@pytest.mark.parametrize("script", ["server.succeed('ls')\n", "x = " + "+".join(["1"] * 5000)])
def test_a_script_passes_as_it_is(tmp_path: Path, script: str) -> None:
    build(spec(script), tmp_path / "script")
    assert (tmp_path / "script").read_text() == script


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("frob\nserver.wait_for_unit('a')", "testScript: frob (line 1): no such name; server.wait_for_unit (line 2): "),
        ("x = = 2", "testScript: line 1: invalid syntax"),
        ("a\0", "testScript: source code string cannot contain null bytes"),
    ],
)
def test_another_script_is_told_in_one_line(tmp_path: Path, script: str, says: str) -> None:
    with pytest.raises(ValueError) as raised:
        build(spec(script), tmp_path / "script")
    assert str(raised.value).startswith(says) and "\n" not in str(raised.value)
    assert not (tmp_path / "script").exists()
