"""References, logins, and what programs say when they fail."""

import json
from pathlib import Path

import pytest

from registry import Reference, complaint, credentials
from ship_error import ShipError

DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("registry.example/team/app:1.0", Reference("registry.example", "team/app", tag="1.0")),
        ("localhost:5000/app", Reference("localhost:5000", "app")),
        (f"[::1]:5000/app@{DIGEST}", Reference("[::1]:5000", "app", digest=DIGEST)),
        (f"registry.example/app:1@{DIGEST}", Reference("registry.example", "app", "1", DIGEST)),
        ("team/app:1", Reference("docker.io", "team/app", tag="1")),
    ],
)
def test_references(text: str, reference: Reference) -> None:
    assert Reference.parse(text) == reference == Reference.parse(str(reference))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "/",
            "app",
            "app:1",
            "registry.example/",
            "registry.example/App",
            "registry.example//app",
            "-x/app",
            "registry.example/a b",
        ),
        *(
            "registry.example/app:",
            "registry.example/app:.",
            f"registry.example/app:{'a' * 129}",
            "a;b/app",
            "a/\x1b[0m",
        ),
        *("registry.example/app@", "registry.example/app@sha256:1", "registry.example/app@sha512:" + "a" * 128),
    ],
)
def test_what_is_no_reference(text: str) -> None:
    with pytest.raises(ShipError) as caught:
        Reference.parse(text)
    assert (len(str(caught.value).splitlines()) == 1 and "; " in str(caught.value)) or "is no" in str(caught.value)


@pytest.mark.parametrize(
    ("host", "is_local"),
    [
        *(("localhost", True), ("localhost:5000", True), ("127.0.0.1:5000", True), ("127.1.2.3", True)),
        *(("[::1]:5000", True), ("192.0.2.1:5000", False), ("localhost.example", False)),
    ],
)
def test_which_registries_need_no_tls(host: str, is_local: bool) -> None:
    assert Reference(host, "app").is_local == is_local


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ('time="2026" level=fatal msg="writing \\"app\\": denied"\n', 'writing "app": denied'),
        ("Copying\nError: connection refused\n\n", "connection refused"),
        ("Error response from registry: app: not found", "app: not found"),
        ("main.go:69: error during command execution: no signatures found", "no signatures found"),
        ("", "it failed without a word"),
    ],
)
def test_complaints(said: str, reason: str) -> None:
    assert complaint(said) == reason


def write(file: Path, **content: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def used(host: str) -> str | None:
    """The file of logins that oras and cosign, and the one that skopeo gets, if it is the same."""
    with credentials(host) as environment:
        if "REGISTRY_AUTH_FILE" not in environment:
            return None
        config = Path(environment["DOCKER_CONFIG"], "config.json")
        assert config.samefile(environment["REGISTRY_AUTH_FILE"])
        return environment["REGISTRY_AUTH_FILE"]


def test_the_file_that_has_the_login_is_taken(home: Path) -> None:
    docker, podman = home / ".docker/config.json", home / ".config/containers/auth.json"
    write(docker, auths={"other.example": {}, "https://index.docker.io/v1/": {}})
    write(podman, auths={"registry.example": {}, "other.example": {}}, credHelpers={"cloud.example": "ecr-login"})
    assert used("registry.example") == str(podman) == used("cloud.example")
    assert used("other.example") == str(docker) == used("docker.io")
    assert used("unknown.example") is None


def test_a_helper_for_all_registries_is_asked(home: Path) -> None:
    write(home / ".docker/config.json", credsStore="pass")
    assert used("registry.example") == str(home / ".docker/config.json")


@pytest.mark.parametrize("content", ["", "[]", "{", '{"auths": null}', "\udcff"])
def test_a_damaged_file_of_logins_is_none(home: Path, content: str) -> None:
    (home / ".docker").mkdir()
    (home / ".docker/config.json").write_text(content, errors="surrogateescape")
    assert used("registry.example") is None
