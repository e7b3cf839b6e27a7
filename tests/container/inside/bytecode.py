"""Prints as JSON which .py files of the standard library and of site-packages have a wrong .pyc, or none.

    {"sources": the number of .py files, "flaws": {what is wrong: [path of a .py file]}}

A .pyc must be made from what the .py file holds now. Python must use it without a look at the .py file (PEP 552:
unchecked-hash), unless the .py file is a link to a configuration file in /etc: a user's edit of that must count
(checked-hash).
"""

import json
import sys
import warnings
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from typing import Optional

UNCHECKED_HASH, CHECKED_HASH = 0b01, 0b11

warnings.simplefilter("ignore")


def flaw(source: Path) -> Optional[str]:
    """What is wrong with the bytecode of a source file, or None."""
    content = source.read_bytes()
    try:
        compile(content, str(source), "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None  # made to be wrong, for a test of Python's, or for another version
    cached = Path(util.cache_from_source(str(source)))
    if not cached.exists():
        return "missing"
    header = cached.read_bytes()[:16]
    if header[:4] != util.MAGIC_NUMBER:
        return "of another Python"
    editable = str(source.resolve()).startswith("/etc/")
    if int.from_bytes(header[4:8], "little") != (CHECKED_HASH if editable else UNCHECKED_HASH):
        return "not checked-hash" if editable else "not unchecked-hash"
    return None if header[8:] == util.source_hash(content) else "of another source"


def modules(folder: Path) -> Iterator[Path]:
    """The sources that can be imported. Others, such as scripts, have a name that no module can have."""
    for source in folder.rglob("*.py"):
        if all(part.isidentifier() for part in source.relative_to(folder).with_suffix("").parts):
            yield source


folders = [Path(entry) for entry in sys.path if entry.startswith("/usr/") and Path(entry).is_dir()]
sources = sorted({source for folder in folders for source in modules(folder)})
flaws: dict[str, list[str]] = {}
for source in sources:
    found = flaw(source)
    if found:
        flaws.setdefault(found, []).append(str(source))
print(json.dumps({"sources": len(sources), "flaws": flaws}))
