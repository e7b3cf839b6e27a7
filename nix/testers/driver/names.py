"""The names that a test script uses, looked up before anything boots.

A name that the script itself binds, anywhere, is never complained of: whether it is bound in time is for Python to say.
"""

import ast
import builtins
import difflib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from driver import Assertions, Driver, machine_names
from log import Log
from machine import Machine

SYSTEMD = "no systemd here; use wait_until_succeeds"
SCREEN = "no screen or keyboard here; use succeed"
ELSEWHERE = "this driver has none; leave it out"

# What a machine of NixOS's driver has, and a machine here has not.
FOREIGN = {
    "console_interact": "use shell_interact",
    "copy_from_host_via_shell": "use copy_from_host",
    "dump_tty_contents": SCREEN,
    "get_screen_text": SCREEN,
    "get_screen_text_variants": SCREEN,
    "get_tty_text": SCREEN,
    "get_unit_info": SYSTEMD,
    "get_unit_property": SYSTEMD,
    "get_window_names": SCREEN,
    "require_unit_state": SYSTEMD,
    "switch_root": SYSTEMD,
    "systemctl": SYSTEMD,
    "wait_for_qmp_event": "use wait_for_console_text",
    "wait_for_unit": SYSTEMD,
    "wait_for_window": SCREEN,
    "wait_for_x": SCREEN,
    "wait_until_tty_matches": SCREEN,
}
# The same, of names that objects of other libraries may have, too.
FOREIGN_OF_MACHINES = {
    "screenshot": SCREEN,
    "send_chars": SCREEN,
    "send_console": SCREEN,
    "send_key": SCREEN,
    "start_job": SYSTEMD,
    "stop_job": SYSTEMD,
    "wait_for_job": SYSTEMD,
    "wait_for_text": SCREEN,
}
FOREIGN_SYMBOLS = dict.fromkeys(
    ("create_machine", "debug", "driver", "run_tests", "serial_stdout_off", "serial_stdout_on", "vlans"), ELSEWHERE
)

ATTRIBUTES = {
    "log": {*dir(Log)},
    "os": {*dir(os)},
    "t": {*dir(Assertions)},
}
OF_MACHINES = {*dir(Machine), "console", "name"}

# How many characters of an expression are told.
LONGEST = 60

# With one of these, a script can make and use names that do not stand in it.
DYNAMIC = {"eval", "exec", "globals", "locals", "setattr", "vars"}


@dataclass(frozen=True)
class Use:
    """A name in the script, such as `machine.succeed`, that does not exist."""

    line: int
    name: str
    complaint: str


def complaints(script: str, nodes: Iterable[str], lint: bool = True) -> list[str]:
    """What is wrong with the names of a script for machines of these nodes, a text for each name.

    Without `lint` only names that NixOS's driver has and this one has not are complained of. Raises ValueError for
    what is no Python.
    """
    try:
        checker = _Checker(script, list(machine_names(nodes)), lint)
    except RecursionError:  # an expression that is too deep for this check is not for Python itself
        return []
    except (SyntaxError, ValueError) as error:
        line = f"line {error.lineno}: " if isinstance(error, SyntaxError) and error.lineno else ""
        raise ValueError(f"{line}{error.msg if isinstance(error, SyntaxError) else error}") from None
    lines: dict[tuple[str, str], list[int]] = {}
    for use in sorted(checker.uses(), key=lambda use: use.line):
        lines.setdefault((use.name, use.complaint), []).append(use.line)
    return [
        f"{name} (line{'s' if len(where) > 1 else ''} {', '.join(map(str, where))}): {complaint}"
        for (name, complaint), where in lines.items()
    ]


class _Checker:
    def __init__(self, script: str, machines: list[str], lint: bool) -> None:
        self._script = script
        self._machines = machines
        self._nodes = list(_evaluated(ast.parse(script)))
        self._bound = {name for node in self._nodes for name in _bindings(node)}
        self._attributes = {name for node in self._nodes for name in _own_attributes(node)}
        self._lint = lint and not any(
            (isinstance(node, ast.Name) and node.id in DYNAMIC) or (isinstance(node, ast.alias) and node.name == "*")
            for node in self._nodes
        )
        # Variables that hold nothing but machines: of loops over them, and those that are annotated so.
        self._aliases: set[str] = set()
        self._aliases = self._find_aliases()

    def uses(self) -> Iterator[Use]:
        """What to complain of."""
        known = {*dir(builtins), *Driver.SYMBOLS, *self._machines, *self._bound}
        for node in self._nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in known:
                if node.id in FOREIGN_SYMBOLS:
                    yield Use(node.lineno, node.id, FOREIGN_SYMBOLS[node.id])
                elif self._lint:
                    yield Use(node.lineno, node.id, f"no such name{self._suggestion(node.id, known)}")
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and (what := self._attribute(node)):
                yield Use(node.lineno, self._text(node), what)

    def _text(self, node: ast.Attribute) -> str:
        text = ast.get_source_segment(self._script, node) or ""
        return text if text.isprintable() and len(text) <= LONGEST else f"….{node.attr}"

    def _attribute(self, node: ast.Attribute) -> str | None:
        """What is wrong with it, if anything."""
        if node.attr in self._attributes:
            return None
        if node.attr in FOREIGN:
            return FOREIGN[node.attr]
        if not isinstance(node.value, ast.Name) or node.attr.startswith("_"):
            return None
        owner = node.value.id
        if self._is_machine(node.value):
            known = OF_MACHINES
        elif owner in ATTRIBUTES and owner not in {*self._bound, *self._machines}:
            known = ATTRIBUTES[owner]
        else:
            return None
        if node.attr in known:
            return None
        if known is OF_MACHINES and node.attr in FOREIGN_OF_MACHINES:
            return FOREIGN_OF_MACHINES[node.attr]
        return f"no such attribute{self._suggestion(node.attr, known)}" if self._lint else None

    def _suggestion(self, name: str, known: Iterable[str]) -> str:
        if name == "machine" and self._machines:
            return f"; the machines are {', '.join(self._machines)}"
        close = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.75)
        return f"; is it {close[0]}?" if close else ""

    def _is_machine(self, node: ast.expr) -> bool:
        if not isinstance(node, ast.Name):
            return False
        return node.id in self._aliases or (node.id in self._machines and node.id not in self._bound)

    def _are_machines(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return node.id == "machines" and node.id not in self._bound
        return isinstance(node, ast.List | ast.Tuple | ast.Set) and all(map(self._is_machine, node.elts))

    def _find_aliases(self) -> set[str]:
        found: dict[str, list[bool]] = {}
        for node in self._nodes:
            if isinstance(node, ast.For | ast.comprehension) and isinstance(node.target, ast.Name):
                found.setdefault(node.target.id, []).append(self._are_machines(node.iter))
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and len(node.targets) == 1:
                found.setdefault(node.targets[0].id, []).append(self._is_machine(node.value))
            elif isinstance(node, ast.arg):
                annotation = node.annotation
                found.setdefault(node.arg, []).append(isinstance(annotation, ast.Name) and annotation.id == "Machine")
        counts = [name for node in self._nodes for name in _bindings(node)]
        return {name for name, are in found.items() if all(are) and counts.count(name) == len(are)}


def _evaluated(tree: ast.AST) -> Iterator[ast.AST]:
    """The tree's nodes but annotations, which may name what is for a type checker alone."""
    todo = [tree]
    while todo:
        node = todo.pop()
        yield node
        for field, value in ast.iter_fields(node):
            parts = [part for part in (value if isinstance(value, list) else [value]) if isinstance(part, ast.AST)]
            if isinstance(node, ast.Try) and field == "body" and any(map(_catches_missing, node.handlers)):
                # It asks whether names exist: what it binds is bound, what it uses may be missing.
                todo += (
                    ast.Name(name, ast.Store())
                    for part in parts
                    for below in ast.walk(part)
                    for name in _bindings(below)
                )
            elif field not in ("annotation", "returns"):
                todo += parts


def _catches_missing(handler: ast.ExceptHandler) -> bool:
    caught = ast.walk(handler.type) if handler.type else ()
    return any(isinstance(node, ast.Name) and node.id in ("AttributeError", "NameError") for node in caught)


def _bindings(node: ast.AST) -> Iterator[str]:
    """The names that the node itself binds."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.arg(arg=name):
            yield name
        case ast.alias(name=name, asname=asname):
            yield asname or name.partition(".")[0]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            yield from names


def _own_attributes(node: ast.AST) -> Iterator[str]:
    """The attributes that the node gives to some object."""
    match node:
        case ast.Attribute(attr=name, ctx=ast.Store()):
            yield name
        case ast.ClassDef(body=body):
            yield from (name for part in body for below in ast.walk(part) for name in _bindings(below))
        case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value=str(name)), *_]):
            yield name
