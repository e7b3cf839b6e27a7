"""The service of examples/podman: what Podman's generator makes of it, as systemd reads it."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml", reason="pyyaml is not installed; scripts/check installs it")

UNIT = Path(__file__).parents[2] / "examples/podman/my-app.container"
RESTARTS = 5 / 10  # in a second: what systemd allows by default, before it gives up

Service = dict[str, dict[str, list[str]]]


def generate(folder: Path) -> tuple[str, str]:
    """What the generator makes of the units in a folder, and what it says about them."""
    if "QUADLET" not in os.environ:
        pytest.skip("QUADLET names no program; nix build .#checks.….examples has one")
    command = [os.environ["QUADLET"], "-dryrun", "-no-kmsg-log"]
    environment = {**os.environ, "QUADLET_UNIT_DIRS": str(folder)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    said = [line for line in done.stderr.splitlines() if "Loading source unit file" not in line]
    return done.stdout, "\n".join(said)


@pytest.fixture(scope="module")
def service() -> Service:
    """The sections of the service, and in each the values of its keys."""
    text, said = generate(UNIT.parent)
    assert not said
    sections: Service = {}
    for line in text.splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
        elif "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            section.setdefault(key, []).append(value)
    return sections


@pytest.fixture
def command(service: Service) -> list[str]:
    """The command that starts the container."""
    (line,) = service["Service"]["ExecStart"]
    return shlex.split(line)


def option(command: list[str], name: str) -> list[str]:
    """The values of an option, however it is written."""
    pairs = zip(command, [*command[1:], ""], strict=True)
    return [word.partition("=")[2] or after for word, after in pairs if word.partition("=")[0] == name]


def environment(command: list[str]) -> dict[str, str]:
    return dict(variable.split("=", 1) for variable in option(command, "--env"))


def seconds(service: Service, key: str) -> int:
    (value,) = service["Service"][key]
    number, unit = re.fullmatch("([0-9]+)(s|m)?", value).groups()  # type: ignore[union-attr]
    return int(number) * (60 if unit == "m" else 1)


@pytest.mark.parametrize("key", re.findall(r"^\w+(?==)", UNIT.read_text().split("[Container]")[1].split("[")[0], re.M))
def test_a_misspelt_key_is_found(key: str, tmp_path: Path) -> None:
    """Else the fixture above could not fail."""
    (tmp_path / UNIT.name).write_text(re.sub(f"^{key}=", f"{key}x=", UNIT.read_text(), flags=re.MULTILINE))
    assert f"unsupported key '{key}x'" in generate(tmp_path)[1]


def test_it_runs_the_image_by_its_digest_after_the_migration(command: list[str]) -> None:
    assert command[:2] == ["/usr/bin/podman", "run"]
    image, shell, flag, script = command[-4:]
    assert re.fullmatch("registry.example/team/my-app@sha256:0{64}", image)
    job = yaml.safe_load((UNIT.parents[1] / "kubernetes/one-worker/migrate.yaml").read_text())
    (migration,) = job["spec"]["template"]["spec"]["containers"]
    # The server takes the place of the shell, so that it gets the signals.
    assert [shell, flag, script] == ["sh", "-c", f"{shlex.join(migration['command'])} && exec /start.sh"]


def test_it_may_do_nothing_but_serve(command: list[str]) -> None:
    assert option(command, "--cap-drop") == ["all"]
    assert option(command, "--security-opt") == ["no-new-privileges"]
    assert option(command, "--user")[0] not in ("", "0", "root")
    assert "--read-only" in command
    assert option(command, "--tmpfs") == ["/tmp"]
    assert not {"--privileged", "--cap-add", "--volume"} & set(command)


def test_the_published_port_is_that_of_the_server(command: list[str]) -> None:
    (published,) = option(command, "--publish")
    assert published.rpartition(":")[2] == environment(command)["PORT"]


def test_the_password_is_a_secret_that_the_app_reads(command: list[str]) -> None:
    (secret,) = option(command, "--secret")
    name, *options = secret.split(",")
    assert environment(command)["DATABASE_PASSWORD_FILE"] == f"/run/secrets/{name}"
    owner = dict(each.split("=", 1) for each in options)
    assert owner == {"uid": option(command, "--user")[0], "mode": "0400"}
    assert f"podman secret create {name} " in UNIT.read_text()


def test_a_container_that_hangs_is_ended_and_the_next_one_started(service: Service, command: list[str]) -> None:
    assert option(command, "--health-cmd") == option(command, "--health-startup-cmd") == ["healthcheck"]
    assert option(command, "--health-on-failure") == ["kill"]
    assert service["Service"]["Restart"] == ["always"]
    assert 1 / seconds(service, "RestartSec") < RESTARTS
    assert service["Install"]["WantedBy"] == ["multi-user.target"]


def test_a_check_waits_longer_than_the_program_does(command: list[str]) -> None:
    (limit,) = re.findall(r"^SECONDS = (\d+)$", (UNIT.parents[2] / "runtime/healthcheck").read_text(), re.MULTILINE)
    for name in ("--health-timeout", "--health-startup-timeout"):
        assert int(option(command, name)[0].rstrip("s")) > int(limit)


def test_it_has_the_time_to_start_and_to_end(service: Service, command: list[str]) -> None:
    (limit,) = option(command, "--stop-timeout")
    assert int(environment(command)["GRACEFUL_TIMEOUT"]) < int(limit) < seconds(service, "TimeoutStopSec")
    # By default, systemd ends what has not started after 90 seconds, also while it pulls the image.
    assert seconds(service, "TimeoutStartSec") > 90
