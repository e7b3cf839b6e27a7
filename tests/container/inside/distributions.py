"""Prints as JSON what is wrong with the installed distributions.

That is files that are not as RECORD says, and modules of compiled code that do not load.
"""

import base64
import hashlib
import importlib
import json
from importlib.metadata import distributions
from pathlib import Path

wrong = []
for distribution in distributions():
    for file in distribution.files or []:
        path = Path(file.locate())
        if not path.exists():
            wrong.append(f"{file}: is missing")
        elif file.hash:
            digest = hashlib.new(file.hash.mode, path.read_bytes()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
                wrong.append(f"{file}: is not as RECORD says")
        if file.suffix == ".so":
            module = ".".join([*file.parts[:-1], file.name.partition(".")[0]])
            try:
                importlib.import_module(module)
            except ImportError as error:
                wrong.append(f"{module}: {error}")
print(json.dumps(wrong))
