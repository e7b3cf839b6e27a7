"""What `setup` fetches for a command."""

import shlex
from pathlib import Path

import pytest

from pretended_machine import Machine


def run(machine: Machine, command: str, folder: Path | None = None) -> list[str]:
    """What was fetched for `command`, which then ran as it is. {clone} and {other} in it are paths of flakes."""
    other = machine.root / "other"
    if not other.exists():
        machine.flake("other")
    words = shlex.split(command.format(clone=machine.clone, other=other))
    done = machine.setup(*words, folder=folder)
    assert done.returncode == 0, done.stderr
    assert machine.log()[-1] == words
    return [target.replace(str(other), "{other}") for target in machine.fetched()]


@pytest.mark.parametrize(
    ("command", "targets"),
    [
        ("nix build .#image-py39", [".#image-py39"]),
        ("nix build -o link .#one.stream .#two", [".#one.stream", ".#two"]),
        (
            "nix build .#one^out .#two^* .#packages.x86_64-linux.three",
            [".#one^out", ".#two^*", ".#packages.x86_64-linux.three"],
        ),
        ("nix build", [".#default"]),
        ("nix build .", [".#default"]),
        ("nix build ./", ["./#default"]),
        ("nix build .#", [".#"]),
        ("nix build .?ref=main", [".?ref=main#default"]),
        ("nix build .?dir=deep#one", [".?dir=deep#one"]),
        ("nix build '#one'", ["#one"]),
        ("nix build path:.#one", ["path:.#one"]),
        ("nix build path:.", ["path:.#default"]),
        ("nix build git+file:///srv/clone?ref=main#one", ["git+file:///srv/clone?ref=main#one"]),
        ("nix build ../clone#one", ["../clone#one"]),
        ("nix build {other}#one {other}", ["{other}#one", "{other}#default"]),
        ("nix run", [".#default"]),
        ("nix run .#pytest -- -k .#name", [".#pytest"]),
        ("nix run .#pytest tests .#name", [".#pytest"]),
        ("nix shell .#one .#two -c program .#name", [".#one", ".#two"]),
        ("nix develop --command make .#name", [".#default"]),
        ("nix profile install .#one", [".#one"]),
        ("nix copy -s .#one --to file:///srv/cache", [".#one"]),
        ("nix develop", [".#default"]),
        ("nix bundle --bundler {other} .#one", [".#one"]),
        ("nix print-dev-env .#one", [".#one"]),
        ("nix env shell .#one", [".#one"]),
        ("nix flake check -L", [".#checks"]),
        ("nix flake check {other}", ["{other}#checks"]),
    ],
)
def test_what_the_command_builds(machine: Machine, command: str, targets: list[str]) -> None:
    assert run(machine, command) == targets


@pytest.mark.parametrize(
    "options",
    [
        "-L",
        "--print-build-logs --no-link",
        "--option cores 1",
        "--option a .#b",
        "--max-jobs 4 -L",
        "--extra-experimental-features 'nix-command flakes'",
        "--out-link {clone} --profile {other} --inputs-from .",
        "--override-input one {other}",
        "--substituters https://cache.test",
    ],
)
def test_options_and_their_values_are_no_targets(machine: Machine, options: str) -> None:
    assert run(machine, f"nix build {options}") == [".#default"]
    machine.write("log", "")
    assert run(machine, f"nix build {options} .#one") == [".#one"]


@pytest.mark.parametrize("options", ["-L", "--option a b", "--max-jobs 4", "-v --option cores 1 --cores 2"])
def test_options_may_stand_before_the_subcommand(machine: Machine, options: str) -> None:
    assert run(machine, f"nix {options} build .#one") == [".#one"]
    machine.write("log", "")
    assert run(machine, f"nix {options} flake -L check") == [".#checks"]


@pytest.mark.parametrize(
    "command",
    [
        "nix eval .#image-py39.drvPath",
        "nix eval --raw .#one",
        "nix flake show",
        "nix flake metadata .",
        "nix flake check --no-build",
        "nix path-info --derivation .#one",
        "nix log .#one",
        "nix repl .#one",
        "nix search . one",
        "nix store gc",
        "nix profile list",
        "nix build --dry-run .#one",
        "nix build .#one --dry-run",
        "nix flake check . --no-build",
        "nix build --help .#one",
        "nix --help build .#one",
        "nix build --derivation .#one",
        "nix build --file default.nix one",
        "nix build --expr 1",
        "nix copy --all --to file:///srv/cache",
        "nix build --stdin",
        "nix fmt -- .#x check",
        "nix run .#fetch -- image-py39",
        "nix run .#update -- bullseye",
        "nix run nixpkgs#hello .#name",
        "nix run github:owner/name",
        "nix build -L nixpkgs#hello",
        "nix build /nowhere#one",
        "nix build ./nowhere",
        "nix build path",
    ],
)
def test_what_builds_nothing_of_a_flake_on_this_machine_just_runs(machine: Machine, command: str) -> None:
    assert run(machine, command) == []


def test_a_link_into_the_store_is_no_flake(machine: Machine) -> None:
    built = machine.root / "nix/store/built"
    built.mkdir(parents=True)
    (machine.clone / "result").symlink_to(built)
    assert run(machine, "nix copy ./result --to file:///srv/cache") == []


def test_the_flake_of_a_folder_is_looked_for_above_it(machine: Machine) -> None:
    (machine.clone / "tests/deep").mkdir(parents=True)
    assert run(machine, "nix build", machine.clone / "tests/deep") == [".#default"]
    machine.write("log", "")
    assert run(machine, "nix build ./tests#one") == ["./tests#one"]


def test_outside_of_a_flake(machine: Machine) -> None:
    assert run(machine, "nix build", machine.root) == []
    machine.write("log", "")
    assert run(machine, "nix build ./?dir=clone#one", machine.root) == ["./?dir=clone#one"]
    machine.write("log", "")
    assert run(machine, "nix build ./clone#one clone#two {clone}", machine.root) == [
        "./clone#one",
        f"{machine.clone}#default",
    ]


def test_the_words_of_a_target_stay_together(machine: Machine) -> None:
    (machine.clone / ".#file").touch()
    assert run(machine, "nix build '.#x --to /somewhere' '.#*' '.#a\\b'") == [".#x --to /somewhere", ".#*", ".#a\\b"]


def test_of_another_program_the_words_that_name_flake_and_output(machine: Machine) -> None:
    command = ["command", "script.py", ".", "--", ".#no"]
    command[1:1] = [".#one", f"{machine.clone}#two", "#comment", "a.#b", "print(1) # 2", "nixpkgs#hello"]
    assert machine.setup(*command).returncode == 7
    assert machine.log() == [["nix", "run", f"{machine.clone}#fetch", "--", ".#one", f"{machine.clone}#two"]]


def test_the_command_is_left_as_it_is(machine: Machine) -> None:
    done = machine.setup("command", "two words", "", "*", ".#one")
    assert done.stdout.splitlines()[:4] == ["[two words]", "[]", "[*]", "[.#one]"]
    assert done.returncode == 7


def test_a_failure_of_fetch_ends_it(machine: Machine) -> None:
    (machine.root / "broken").touch()
    assert machine.setup("nix", "build", ".#one").returncode == 3
    assert len(machine.log()) == 1


def test_what_nix_cannot_read_is_left_to_it_to_report(machine: Machine) -> None:
    machine.write("complaint", "error: 'biuld' is not a recognised command\n")
    assert machine.refuses("nix", "biuld", ".#one") == "error: 'biuld' is not a recognised command"
