"""In slim and full images dpkg and apt find their packages in order."""

import pytest

from containers import Container

pytestmark = [pytest.mark.differs, pytest.mark.variants("full", "slim")]


@pytest.mark.parametrize(
    "command",
    ["dpkg --audit", "dpkg --verify", "apt-get check --quiet=2"],
)
def test_package_database_is_sound(running: Container, command: str) -> None:
    assert running.exec("sh", "-c", f"{command} 2>&1", user="0") == ""
