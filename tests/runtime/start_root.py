"""A folder in which start.sh and start-reload.sh run, with stand-ins for the servers.

The scripts name absolute paths of the image. So the tests run a copy of the runtime folder, in which those paths lead
into that copy. TEST_SHELL names the only shell to use, such as `busybox ash`.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

RUNTIME = Path(__file__).parents[2] / "runtime"
IMAGE_PATHS = re.compile(r"(?<!\w)/(?=(app|bin/sh|gunicorn_conf\.py|start(-common|-reload)?\.sh|start_init\.py)\b)")
UVICORN_WORKER = "uvicorn.workers.UvicornWorker"

both_scripts = pytest.mark.parametrize("script", ["start.sh", "start-reload.sh"])

SERVER = f"""#!{sys.executable} -S
import json, os, sys
print(json.dumps(dict(argv=sys.argv[1:], env=dict(os.environ), pid=os.getpid())))
"""
# `python`, which the scripts call with -I. In the sandbox, Python finds its library by a variable, which -I would make
# it ignore. So this gives it the other effects of -I.
PYTHON = f"""#!{{shell}}
if [ "$1" = -I ]; then
    shift
    unset PYTHONPATH
    set -- -Ps "$@"
fi
exec {shlex.quote(sys.executable)} "$@"
"""
SHELL = """#!{shell}
exec {shell} "$@"
"""


def shells() -> list[str]:
    if named := os.environ.get("TEST_SHELL"):
        return [named]
    return [shell for shell in ("sh", "bash", "busybox ash") if shutil.which(shell.split()[0])]


@dataclass
class Run:
    """How a script ended: what it and the prestart script printed, and what the server was given if it was started."""

    status: int
    messages: list[str]
    errors: list[str]
    started: bool = False
    argv: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    replaced_the_shell: bool = False


@dataclass
class Root:
    """A folder that stands for the image's root folder."""

    path: Path
    shell: str

    @property
    def shell_command(self) -> list[str]:
        """Its program, by the whole path, and the name of busybox's applet if it is one."""
        name, *applet = shlex.split(self.shell)
        return [shutil.which(name) or name, *applet]

    def write(self, name: str, content: str = "") -> None:
        file = self.path / name.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)

    def run(self, script: str = "start.sh", /, *arguments: str, **env: str) -> Run:
        """Run it in /app with these arguments, and these variables alone.

        In what it prints, paths are turned into those of the image.
        """
        process = subprocess.Popen(
            [*self.shell_command, str(self.path / script), *arguments],
            cwd=self.path / "app",
            env={"PATH": str(self.path / "bin"), **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        output = [text.replace(str(self.path), "") for text in process.communicate()]
        lines, errors = (text.splitlines() for text in output)
        if not lines or not lines[-1].startswith("{"):
            return Run(process.returncode, lines, errors)
        server = json.loads(lines.pop())
        same = server["pid"] == process.pid
        return Run(process.returncode, lines, errors, True, server["argv"], server["env"], same)


def make_root(path: Path, shell: str) -> Root:
    root = Root(path, shell)
    (path / "app").mkdir()
    for file in (*RUNTIME.glob("*.sh"), *RUNTIME.glob("*.py")):
        root.write(file.name, IMAGE_PATHS.sub(f"{path}/", file.read_text()))
    stand_ins = {"gunicorn": SERVER, "uvicorn": SERVER, "python": PYTHON, "sh": SHELL}
    for name, source in stand_ins.items():
        root.write(f"bin/{name}", source.replace("{shell}", " ".join(root.shell_command)))
        (path / "bin" / name).chmod(0o755)
    (path / "bin/env").symlink_to(shutil.which("env") or "/usr/bin/env")
    return root
