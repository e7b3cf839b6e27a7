"""A person's terminal, attached to one in a guest."""

import os
import select
import socket
import sys
import termios
import tty

LEAVE = b"\x1d"  # Ctrl-]


def attach(path: str) -> None:
    """Copy between this program's terminal and the socket `path` until the person types Ctrl-] or either side ends."""
    print("A shell in the guest; Ctrl-] leaves it.")
    with socket.socket(socket.AF_UNIX) as guest:
        guest.connect(path)
        guest.sendall(b"\n")
        keyboard = sys.stdin.fileno()
        saved = termios.tcgetattr(keyboard) if os.isatty(keyboard) else None
        if saved:
            tty.setraw(keyboard)
        try:
            _copy(keyboard, guest)
        finally:
            if saved:
                termios.tcsetattr(keyboard, termios.TCSADRAIN, saved)
    print()


def _copy(keyboard: int, guest: socket.socket) -> None:
    while True:
        ready = select.select([keyboard, guest.fileno()], [], [])[0]
        if guest.fileno() in ready:
            if not (shown := guest.recv(4096)):
                return
            os.write(sys.stdout.fileno(), shown)
        if keyboard in ready:
            typed = os.read(keyboard, 4096)
            before, left, _ = typed.partition(LEAVE)
            guest.sendall(before)
            if left or not typed:
                return
