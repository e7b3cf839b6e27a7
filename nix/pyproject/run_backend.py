"""One hook of a build backend (PEP 517), called in a process of its own: run_backend.py REQUEST ANSWER.

REQUEST and ANSWER are files of JSON: {"backend", "path", "hook", "arguments", "executable"} and {"value"} or {"error"}.
The working directory is the project's folder. What the backend writes to stdout and stderr is for the log.
"""

import importlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any


def call(request: dict[str, Any]) -> Any:
    """What the hook returns; None if the backend has no such hook, as it may be for all but one."""
    sys.path[:0] = [os.path.abspath(folder) for folder in request["path"]]
    module, _, attributes = request["backend"].partition(":")
    backend: Any = importlib.import_module(module)
    for name in attributes.split(".") if attributes else []:
        backend = getattr(backend, name)
    if not hasattr(backend, request["hook"]) and request["hook"] != "build_wheel":
        return None
    return getattr(backend, request["hook"])(*request["arguments"])


def main(request: Path, answer: Path) -> None:
    """Call the hook that `request` names, and write what came of it to `answer`."""
    # The folder of this program is none of the backend's.
    del sys.path[0]
    content = json.loads(request.read_text())
    # In some environments, Python does not know what starts it.
    sys.executable = content["executable"]
    try:
        found = {"value": call(content)}
    # A setup.py may end in any way.
    except BaseException as error:
        traceback.print_exc()
        text = " ".join(str(error).split())
        found = {"error": text if isinstance(error, SystemExit) and text else f"{type(error).__name__}: {text}"}
    answer.write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
