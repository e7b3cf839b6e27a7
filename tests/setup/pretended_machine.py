"""A machine that is made up: its programs only pretend."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

SETUP = Path(__file__).parents[2] / "setup"
SHELL = shlex.split(os.environ.get("TEST_SHELL", "sh"))
SHELL[0] = shutil.which(SHELL[0]) or SHELL[0]

# The real programs that the script and those that pretend use.
TOOLS = ("cat", "dirname", "grep", "mv", "sed", "tr")

# $FAKE/log gets a line for each program that was run, its words with | between them.
PROGRAMS = {
    "nix": r"""
        case $* in
            --version) cat $FAKE/version; exit ;;
            "--version "*) cat $FAKE/complaint >&2; [ ! -s $FAKE/complaint ]; exit ;;
            *toFile*) cat $FAKE/store >&2; ! grep -q error $FAKE/store; exit ;;
        esac
        IFS='|'
        printf '%s\n' "nix|$*" >>$FAKE/log
        case "$*" in *"#fetch|"*) [ ! -e $FAKE/broken ] || exit 3 ;; esac""",
    # It brings Nix.
    "apt-get": """
        echo "apt-get|$1" >>$FAKE/log
        [ ! -e $FAKE/offline ] || { echo "E: no network" >&2; exit 100; }
        [ "$1" != install ] || mv $FAKE/nix $FAKE/git $FAKE/bin""",
    "git": "cat $FAKE/git-complaint >&2; [ ! -s $FAKE/git-complaint ] || exit 128",
    "id": "case $1 in -u) cat $FAKE/uid ;; *) echo somebody ;; esac",
    "command": """
        for argument; do echo "[$argument]"; done
        echo "$NIX_CONFIG"
        exit 7""",
}


class Machine:
    """Has the programs that are named, and a clone of the flake, which is a git repository; the user is root."""

    def __init__(self, root: Path, *names: str) -> None:
        self.root = root
        self.environment = {"PATH": f"{root}/bin", "FAKE": str(root)}
        self.clone = self.flake("clone")
        shutil.copy(SETUP, self.clone)
        (root / "bin").mkdir()
        for empty in ("log", "complaint", "store", "git-complaint"):
            (root / empty).touch()
        (root / "uid").write_text("0\n")
        (root / "version").write_text("nix (Nix) 2.8.0\n")
        for name, body in PROGRAMS.items():
            path = root / ("bin" if name in (*names, "id", "command") else ".") / name
            path.write_text(f"#!{' '.join(SHELL)}\n{body}\n")
            path.chmod(0o755)
        for tool in TOOLS:
            (root / "bin" / tool).symlink_to(shutil.which(tool) or tool)

    def flake(self, name: str) -> Path:
        """A folder with a flake in a git repository."""
        folder = self.root / name
        (folder / ".git").mkdir(parents=True)
        (folder / "flake.nix").touch()
        return folder

    def setup(
        self, *command: str, folder: Path | None = None, **environment: str
    ) -> "subprocess.CompletedProcess[str]":
        """Runs `setup` in `folder`, by default that of the clone."""
        return subprocess.run(
            [*SHELL, str(self.clone / "setup"), *command],
            cwd=folder or self.clone,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def refuses(self, *command: str, folder: Path | None = None) -> str:
        """What `setup` says, in one line, instead of running `command`; nothing was fetched or installed."""
        done = self.setup(*command, folder=folder)
        assert done.returncode != 0 and done.stdout == "" and self.log() == []
        (line,) = done.stderr.splitlines()
        return line

    def become(self, uid: int) -> None:
        """Makes the user one with this id. Skips the test where the shell (busybox) does not look for `id` on PATH."""
        self.write("uid", f"{uid}\n")
        shown = subprocess.run(
            [*SHELL, "-c", "id -u && id -un"], env=self.environment, capture_output=True, text=True, timeout=60
        )
        if shown.stdout != f"{uid}\nsomebody\n":
            pytest.skip("the shell has an id of its own")

    def write(self, name: str, text: str) -> None:
        """Sets what a program answers."""
        (self.root / name).write_text(text)

    def log(self) -> list[list[str]]:
        """The words of each program that was run."""
        return [line.split("|") for line in (self.root / "log").read_text().splitlines()]

    def fetched(self) -> list[str]:
        """The targets that `fetch` was asked for, at most once; the command ran afterwards."""
        *before, last = self.log()
        assert last[0] == "nix"
        if not before:
            return []
        (fetch,) = before
        assert fetch[:4] == ["nix", "run", f"{self.clone}#fetch", "--"]
        return fetch[4:]
