"""A self-signed certificate for 127.0.0.1, and how a container serves with it."""

import subprocess
from pathlib import Path

import pytest

TLS_ARGS = "--keyfile=/secrets/key.pem --certfile=/secrets/cert.pem"


def certificate_volume(folder: Path) -> str:
    """Write cert.pem and key.pem; the option that mounts the folder where TLS_ARGS look, readable by any user.

    Skips the test if there is no openssl.
    """
    request = "req -x509 -newkey rsa:2048 -nodes -subj /CN=test -addext subjectAltName=IP:127.0.0.1"
    files = "-keyout key.pem -out cert.pem"
    folder.mkdir(exist_ok=True)
    try:
        subprocess.run(["openssl", *request.split(), *files.split()], cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl command on PATH to make a certificate")
    folder.chmod(0o755)
    (folder / "key.pem").chmod(0o644)
    return f"--volume={folder}:/secrets"
