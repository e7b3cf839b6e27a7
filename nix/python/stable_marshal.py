"""Code objects as bytes that depend on nothing but the code.

From Python 3.11 on, marshal writes them so. Before, two things more have an effect: which strings other modules of the
process have, too, and where in memory None is, which decides its place in a set and differs between processors.
"""

import marshal
import re
import sys
from collections.abc import Iterable, Iterator
from types import CodeType

# The first element of a tuple that stands for a frozen set.
MARK = b"here begins a frozen set"
# How such a tuple begins in marshal's format: ")" and the number of its elements in one byte, or "(" and the number in
# four, as after the ">" of a frozen set. In an object to which what follows may refer, the first byte has a bit more.
REFERRED = 0x80
MARKED = re.compile(
    rb"(?:([\x29\xa9])(.)|([\x28\xa8])(....))s" + len(MARK).to_bytes(4, "little") + MARK,
    re.DOTALL,
)


def dumps(code: CodeType) -> bytes:
    """What marshal.loads makes the code of.

    Example: exec(marshal.loads(dumps(compile("print('hello')", "hello.py", "exec"))))
    """
    if sys.version_info >= (3, 11):
        return marshal.dumps(code)
    code = _with_tuples(code)
    # Marshal marks objects to which there are several references, and a string may have one from any module that is
    # loaded. So all that is in the code gets one more.
    references = list(_parts(code))
    dumped = marshal.dumps(code)
    del references
    return MARKED.sub(_frozen_set, dumped)


def _with_tuples(code: CodeType) -> CodeType:
    """The same code with a sorted tuple, which has a mark, for each frozen set."""
    return code.replace(co_consts=tuple(map(_with_tuple, code.co_consts)))


def _with_tuple(constant: object) -> object:
    if isinstance(constant, CodeType):
        return _with_tuples(constant)
    if isinstance(constant, frozenset):
        # The mark is an object of its own each time, or marshal would write it once.
        return (bytes(bytearray(MARK)), *sorted(constant, key=marshal.dumps))
    return constant


def _frozen_set(found: "re.Match[bytes]") -> bytes:
    """How a frozen set begins, for how a tuple with the mark does."""
    kind, number = filter(None, found.groups())
    return bytes([ord(">") | kind[0] & REFERRED]) + (int.from_bytes(number, "little") - 1).to_bytes(4, "little")


def _parts(code: CodeType) -> Iterator[object]:
    """The names and constants in a code object, and in those that are in it, but for marks."""
    yield code.co_filename
    yield code.co_name
    for names in (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars):
        yield from names
    yield from _constants(code.co_consts)


def _constants(constants: Iterable[object]) -> Iterator[object]:
    for constant in constants:
        if constant != MARK:
            yield constant
        if isinstance(constant, tuple):
            yield from _constants(constant)
        elif isinstance(constant, CodeType):
            yield from _parts(constant)
