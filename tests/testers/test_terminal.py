"""A person's terminal in a guest."""

import os
import socket
import sys
import threading
from pathlib import Path

import pytest

import terminal


@pytest.fixture
def guest(tmp_path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "terminal"))
    listening.listen()
    listening.settimeout(10)
    return listening


def test_keys_go_in_and_what_is_shown_comes_out(
    guest: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyboard, typing = os.pipe()
    shown, screen = os.pipe()
    monkeypatch.setattr(sys, "stdin", os.fdopen(keyboard))
    monkeypatch.setattr(sys, "stdout", os.fdopen(screen, "w", buffering=1))
    person = threading.Thread(target=terminal.attach, args=(str(tmp_path / "terminal"),), daemon=True)
    person.start()

    connection, _ = guest.accept()
    connection.settimeout(10)
    assert connection.recv(100) == b"\n"  # for a prompt
    os.write(typing, b"ls\n")
    assert connection.recv(100) == b"ls\n"
    connection.sendall(b"file\n")
    seen = b""
    while b"file\n" not in seen:
        seen += os.read(shown, 1000)
    assert b"Ctrl-]" in seen
    os.write(typing, b"rest\x1dbeyond")
    assert connection.recv(100) == b"rest"
    assert connection.recv(100) == b""
    person.join(10)
    assert not person.is_alive()
