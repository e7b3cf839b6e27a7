"""In slim and full images dpkg and apt find their packages in order."""

import re
from pathlib import Path

import pytest

from containers import Container, run_to_end
from host_access import built

pytestmark = [pytest.mark.differs, pytest.mark.variants("full", "slim")]


@pytest.mark.parametrize(
    "command",
    ["dpkg --audit", "apt-get check --quiet=2"],
)
def test_package_database_is_sound(running: Container, command: str) -> None:
    assert running.exec("sh", "-c", f"{command} 2>&1", user="0") == ""


def test_only_what_is_left_out_is_missing(running: Container) -> None:
    """dpkg does not forgive a file that it was told to leave out. Debian 11's calls its checksum wrong."""
    lines = running.exec("dpkg", "--verify", user="0").splitlines()
    path = r"/usr/(share/(doc|groff|info|lintian|locale|man)/.+|lib/.+/libpython3[^/]*\.a)"
    left_out = re.compile(rf"(missing|[?]{{2}}5[?]{{6}}) +{path}")
    assert lines and [line for line in lines if not left_out.fullmatch(line)] == []


@pytest.mark.network
def test_what_apt_installs_has_its_licence_and_no_documentation(connected: str, tmp_path: Path) -> None:
    """postgresql-client's scripts make links to manual pages; less says what it has to say in many languages."""
    install = "RUN apt-get update && apt-get install -y --no-install-recommends gettext-base less postgresql-client"
    check = "RUN dpkg --audit > /audit 2>&1 && apt-get check --quiet=2 >> /audit 2>&1"
    (tmp_path / "Dockerfile").write_text(f"FROM {connected}\n{install}\n{check}\n")
    list_files = ["find", "/usr/share/doc/", "/usr/share/man/", "/usr/share/locale/", "-type", "f"]
    with built(tmp_path) as name:
        assert run_to_end(name, command=["psql", "--version"]).stdout.startswith("psql ")
        assert run_to_end(name, command=["cat", "/audit"]).stdout == ""
        files = run_to_end(name, command=list_files).stdout.splitlines()
    assert {"/usr/share/doc/less/copyright", "/usr/share/doc/gettext-base/copyright"} <= set(files)
    assert [file for file in files if not file.endswith("/copyright")] == []
