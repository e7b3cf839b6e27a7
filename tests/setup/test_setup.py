"""The script `setup` on machines that are made up: their programs only pretend."""

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
TOOLS = ("cat", "dirname", "grep", "mv")

PROGRAMS = {
    "nix": """
        [ "$*" != --version ] || { cat $FAKE/version; exit; }
        echo "nix $*" >>$FAKE/log
        case "$*" in *"#fetch "*) [ ! -e $FAKE/broken ] || exit 3 ;; esac""",
    # It brings Nix.
    "apt-get": 'echo "apt-get $1" >>$FAKE/log; [ "$1" != install ] || mv $FAKE/nix $FAKE/bin',
    "id": "cat $FAKE/uid",
    "command": """
        for argument; do echo "[$argument]"; done
        echo "$NIX_CONFIG"
        exit 7""",
}


class Machine:
    """Has the programs that are named; the user is root."""

    def __init__(self, root: Path, *names: str) -> None:
        self.root = root
        self.environment = {"PATH": f"{root}/bin", "FAKE": str(root)}
        (root / "bin").mkdir()
        (root / "log").touch()
        (root / "uid").write_text("0\n")
        (root / "version").write_text("nix (Nix) 2.8.0\n")
        for name, body in PROGRAMS.items():
            path = root / ("bin" if name in (*names, "id", "command") else ".") / name
            path.write_text(f"#!{' '.join(SHELL)}\n{body}\n")
            path.chmod(0o755)
        for tool in TOOLS:
            (root / "bin" / tool).symlink_to(shutil.which(tool) or tool)

    def setup(self, *command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*SHELL, str(SETUP), *command],
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def become(self, uid: int) -> None:
        """Make the user another. Skips the test where the shell (busybox) does not look for `id` on PATH."""
        (self.root / "uid").write_text(f"{uid}\n")
        shown = subprocess.run(
            [*SHELL, "-c", "id -u"], env=self.environment, capture_output=True, text=True, timeout=60
        )
        if shown.stdout != f"{uid}\n":
            pytest.skip("the shell has an id of its own")

    def log(self) -> list[str]:
        return (self.root / "log").read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, "nix", "apt-get")


@pytest.mark.parametrize(
    ("command", "targets"),
    [
        ("nix build .#image-py39", "image-py39"),
        ("nix build -o link .#one.stream .#two", "one.stream two"),
        ("nix flake check -L", "checks"),
        ("nix run .#pytest -- -k .#name", "pytest"),
    ],
)
def test_what_the_command_names_is_fetched_before_it_runs(machine: Machine, command: str, targets: str) -> None:
    assert machine.setup(*command.split()).returncode == 0
    assert machine.log() == [f"nix run {SETUP.parent}#fetch -- {targets}", command]


@pytest.mark.parametrize(
    "command", ["nix run .#fetch -- image-py39", "nix run .#update -- bullseye", "nix store gc", "nix fmt -- .#x check"]
)
def test_what_names_nothing_to_build_just_runs(machine: Machine, command: str) -> None:
    assert machine.setup(*command.split()).returncode == 0
    assert machine.log() == [command]


def test_the_command_is_left_as_it_is(machine: Machine) -> None:
    done = machine.setup("command", "two words", "", "*")
    assert done.stdout.splitlines()[:3] == ["[two words]", "[]", "[*]"]
    assert done.returncode == 7


def test_a_failure_of_fetch_ends_it(machine: Machine) -> None:
    (machine.root / "broken").touch()
    assert machine.setup("nix", "build", ".#one").returncode == 3
    assert len(machine.log()) == 1


def settings(machine: Machine, **environment: str) -> dict[str, str]:
    """The settings that reach the command; of two of a name, Nix takes the later."""
    lines = machine.setup("command", **environment).stdout.splitlines()
    return dict(line.split(" =") for line in lines if line)


def test_nix_is_told_what_it_needs(machine: Machine) -> None:
    needed = {"extra-experimental-features": " nix-command flakes", "substituters": "", "max-jobs": " auto"}
    assert needed.items() <= settings(machine).items()


def test_the_settings_of_the_user_win(machine: Machine) -> None:
    given = {"cores": " 1", "max-jobs": " 9", "substituters": " https://cache.invalid"}
    text = "".join(f"{name} ={value}\n" for name, value in given.items())
    assert given.items() <= settings(machine, NIX_CONFIG=text).items()


def test_the_features_are_added_to_those_of_the_user(machine: Machine) -> None:
    names = list(settings(machine, NIX_CONFIG="experimental-features = ca-derivations"))
    assert names.index("experimental-features") < names.index("extra-experimental-features")


def test_root_builds_without_build_users_where_there_are_none(machine: Machine) -> None:
    machine.become(0)
    has_users = any(line.startswith("nixbld:") for line in Path("/etc/group").read_text().splitlines())
    assert ("build-users-group" in settings(machine)) == (not has_users)
    machine.become(1000)
    assert "build-users-group" not in settings(machine)


def test_nix_is_installed_if_there_is_none(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "apt-get")
    machine.become(0)
    done = machine.setup("nix", "build", ".#one")
    assert (done.returncode, done.stdout) == (0, "")
    assert machine.log() == [
        "apt-get update",
        "apt-get install",
        f"nix run {SETUP.parent}#fetch -- one",
        "nix build .#one",
    ]


@pytest.mark.parametrize(
    ("programs", "uid", "reason"), [((), 0, "not Debian"), (("apt-get",), 1000, "as root, run: apt-get")]
)
def test_where_nix_cannot_be_installed(tmp_path: Path, programs: tuple[str, ...], uid: int, reason: str) -> None:
    machine = Machine(tmp_path, *programs)
    machine.become(uid)
    done = machine.setup("nix", "build", ".#one")
    assert done.returncode == 1 and reason in done.stderr
    assert done.stderr.startswith("setup: nix: not installed") and len(done.stderr.splitlines()) == 1
    assert machine.log() == []


@pytest.mark.parametrize(("version", "status"), [("2.3.7", 1), ("2.7", 1), ("2.8.0", 7), ("2.34.1", 7), ("3.0", 7)])
def test_a_nix_without_flakes_is_refused(machine: Machine, version: str, status: int) -> None:
    (machine.root / "version").write_text(f"nix (Nix) {version}\n")
    done = machine.setup("command")
    assert done.returncode == status
    assert (f"setup: nix (Nix) {version}: too old" in done.stderr) == (status == 1)


def test_without_a_command_it_says_how_to_use_it(machine: Machine) -> None:
    done = machine.setup()
    assert done.returncode == 64 and done.stderr.startswith("usage: ./setup ") and len(done.stderr.splitlines()) == 1
