"""What `setup` does before the command runs, or says when it can't."""

from pathlib import Path

import pytest

from pretended_machine import Machine


def settings(machine: Machine, given: str = "") -> dict[str, str]:
    """The settings that reach the command, `given` by the user and others; of two of a name, Nix takes the later."""
    lines = machine.setup("command", NIX_CONFIG=given).stdout.splitlines()
    return dict(line.split(" =") for line in lines if line)


def test_nix_is_told_what_it_needs(machine: Machine) -> None:
    needed = {"extra-experimental-features": " nix-command flakes", "substituters": "", "max-jobs": " auto"}
    assert needed.items() <= settings(machine).items()


def test_the_settings_of_the_user_win(machine: Machine) -> None:
    given = {"cores": " 1", "max-jobs": " 9", "substituters": " https://cache.invalid"}
    text = "".join(f"{name} ={value}\n" for name, value in given.items())
    assert given.items() <= settings(machine, text).items()


def test_nix_does_not_build_without_its_sandbox_unless_the_user_says_so(machine: Machine) -> None:
    assert settings(machine)["sandbox-fallback"] == " false"
    assert settings(machine, "sandbox-fallback = true\n")["sandbox-fallback"] == " true"


def test_the_terminal_is_not_that_of_a_file_name(machine: Machine) -> None:
    """Neither control characters of ASCII nor those of Unicode are shown; letters are."""
    line = machine.refuses("./caf\u00e9\x1b[2J\n\u009b2J\x7f")
    assert line == "setup: ./caf\u00e9?[2J??2J?: not found; check the spelling, or install the package that has it"


def test_the_features_are_added_to_those_of_the_user(machine: Machine) -> None:
    names = list(settings(machine, "experimental-features = ca-derivations"))
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
    assert done.stderr.startswith("setup: installing Nix from Debian's packages")
    installed = [["apt-get", "update"], ["apt-get", "install"]]
    assert machine.log()[:2] == installed and machine.log()[3:] == [["nix", "build", ".#one"]]


def test_a_failure_of_apt_is_said(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "apt-get")
    machine.become(0)
    (tmp_path / "offline").touch()
    done = machine.setup("nix", "build", ".#one")
    assert done.returncode == 1
    assert done.stderr.splitlines()[1:] == [
        "E: no network",
        "setup: nix: apt-get could not install it; mend what it complains of above, then run this again",
    ]


@pytest.mark.parametrize(
    ("programs", "uid", "reasons"),
    [
        ((), 0, ["not Debian"]),
        (("apt-get",), 1000, ["nix-setup-systemd", "usermod --append --groups nix-users somebody", "log in again"]),
    ],
)
def test_where_nix_cannot_be_installed(tmp_path: Path, programs: tuple[str, ...], uid: int, reasons: list[str]) -> None:
    machine = Machine(tmp_path, *programs)
    machine.become(uid)
    line = machine.refuses("nix", "build", ".#one")
    assert line.startswith("setup: nix: not installed") and all(reason in line for reason in reasons)


@pytest.mark.parametrize(("version", "status"), [("2.3.7", 1), ("2.7", 1), ("2.8.0", 7), ("2.34.1", 7), ("3.0", 7)])
def test_a_nix_without_flakes_is_refused(machine: Machine, version: str, status: int) -> None:
    machine.write("version", f"nix (Nix) {version}\n")
    done = machine.setup("command")
    assert done.returncode == status
    assert (f"setup: nix (Nix) {version}: too old" in done.stderr) == (status == 1)


def test_without_a_command_it_says_how_to_use_it(machine: Machine) -> None:
    done = machine.setup()
    assert done.returncode == 64 and done.stderr.startswith("usage: ./setup ") and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help(machine: Machine, option: str) -> None:
    done = machine.setup(option)
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("Usage: ./setup COMMAND")


def test_an_unknown_option(machine: Machine) -> None:
    assert machine.refuses("--frobnicate", "nix") == "setup: --frobnicate: no such option; see ./setup --help"


@pytest.mark.parametrize(
    ("program", "fix"),
    [
        ("python3", "apt-get install python3"),
        ("docker", "apt-get install docker.io"),
        ("pyhton3", "check the spelling"),
        ("./tests/nowhere.sh", "check the spelling"),
    ],
)
def test_a_program_that_is_missing(tmp_path: Path, program: str, fix: str) -> None:
    machine = Machine(tmp_path, "apt-get")
    line = machine.refuses(program, ".#one")
    assert line.startswith(f"setup: {program}: not ") and fix in line


@pytest.mark.parametrize(
    ("complaint", "reasons"),
    [
        (
            "error: cannot connect to socket at '/nix/var/nix/daemon-socket/socket': Permission denied",
            ["usermod --append --groups nix-users", "log in again"],
        ),
        (
            "error:\n       … while calling the 'toFile' builtin\n\n"
            "       error: cannot connect to socket at '/nix/var/nix/daemon-socket/socket': Permission denied",
            ["usermod --append --groups nix-users", "log in again"],
        ),
        (
            'error: getting status of "/nix/var/nix/daemon-socket/socket": Permission denied',
            ["usermod --append --groups nix-users", "log in again"],
        ),
        (
            "error: cannot connect to socket at '/nix/var/nix/daemon-socket/socket': Connection refused",
            ["Connection refused", "systemctl start nix-daemon.socket"],
        ),
        (
            "error: creating directory '/nix': Permission denied",
            ["no daemon", "apt-get install nix-setup-systemd", "usermod --append --groups nix-users", "log in again"],
        ),
        (
            "error: could not set permissions on '/nix/var/nix/profiles/per-user' to 755: Operation not permitted",
            ["no daemon", "apt-get install nix-setup-systemd", "usermod --append --groups nix-users", "log in again"],
        ),
        ("error: writing to file: No space left on device", ["writing to file: No space left on device"]),
    ],
)
def test_a_store_that_the_user_may_not_use(machine: Machine, complaint: str, reasons: list[str]) -> None:
    machine.write("store", f"querying\n{complaint}\n")
    line = machine.refuses("nix", "build", ".#one")
    assert line.startswith("setup: nix: ") and all(reason in line for reason in reasons)


@pytest.mark.parametrize(
    "said",
    [
        "warning: '/nix' does not exist, so Nix will use '/home/u/.local/share/nix/root' as a chroot store",
        'warning: /nix/var/nix does not exist, so Nix will use "/home/u/.local/share/nix/root" as a chroot store',
    ],
)
def test_a_store_elsewhere_is_named(machine: Machine, said: str) -> None:
    machine.write("store", f"{said}\n/nix/store/name\n")
    done = machine.setup("nix", "build", ".#one")
    assert done.returncode == 0
    (line,) = done.stderr.splitlines()
    assert "/home/u/.local/share/nix/root$(readlink result)" in line


COMPLAINT = """fatal: {what}
To add an exception for this directory, call:

\tgit config --global --add safe.directory {path}
"""


@pytest.mark.parametrize(
    "what", ["detected dubious ownership in repository at '/x'", "unsafe repository ('/x' is owned by someone else)"]
)
def test_a_clone_of_another_user(machine: Machine, what: str) -> None:
    machine.write("git-complaint", COMPLAINT.format(what=what, path=machine.clone))
    line = machine.refuses("nix", "eval", ".#one")
    assert line.startswith(f"setup: {machine.clone}: belongs to another user")
    assert line.endswith(f"; run: git config --global --add safe.directory {machine.clone}")


def test_without_git_a_repository_cannot_be_read(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "nix", "apt-get")
    assert "git: not installed" in machine.refuses("nix", "build", ".#one")
    (machine.clone / ".git").rmdir()
    assert machine.setup("nix", "build", ".#one").returncode == 0
    machine.write("log", "")
    assert "git: not installed" in machine.refuses("nix", "build", f"{machine.flake('other')}#one")


@pytest.mark.parametrize("name", ["two words", "a#b", "a?b", "50%"])
def test_a_path_that_nix_cannot_take(machine: Machine, name: str) -> None:
    machine.clone = machine.clone.rename(machine.root / name)
    assert machine.refuses("nix", "build", ".#one").startswith(f"setup: {machine.clone}: ")
