"""Prints the .py files of the standard library and of site-packages by what is wrong with their .pyc.

Each must have one for its content: of unchecked-hash, or of checked-hash if it is a configuration
file (a link to /etc), where a user's edit must count.
"""

import json
import sys
import warnings
from importlib import util
from pathlib import Path

UNCHECKED_HASH, CHECKED_HASH = 0b01, 0b11

warnings.simplefilter("ignore")


def flaw(source):
    """What is wrong with the bytecode of a source file, or None."""
    content = source.read_bytes()
    try:
        compile(content, str(source), "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None  # test data, or for another Python
    cached = Path(util.cache_from_source(source))
    if not cached.exists():
        return "missing"
    header = cached.read_bytes()[:16]
    if header[:4] != util.MAGIC_NUMBER:
        return "of another Python"
    editable = str(source.resolve()).startswith("/etc/")
    if int.from_bytes(header[4:8], "little") != (CHECKED_HASH if editable else UNCHECKED_HASH):
        return "not checked-hash" if editable else "not unchecked-hash"
    return None if header[8:] == util.source_hash(content) else "of another source"


def modules(folder):
    """The sources that can be imported; a folder also holds programs and data, in other names."""
    for source in folder.rglob("*.py"):
        if all(part.isidentifier() for part in source.relative_to(folder).with_suffix("").parts):
            yield source


folders = [Path(entry) for entry in sys.path if entry.startswith("/usr/") and Path(entry).is_dir()]
sources = sorted({source for folder in folders for source in modules(folder)})
flaws = {}
for source in sources:
    found = flaw(source)
    if found:
        flaws.setdefault(found, []).append(str(source))
print(json.dumps({"sources": len(sources), "flaws": flaws}))
