"""Listens at each form of BIND as Gunicorn itself reads it, and prints whether healthcheck gets there with that form.

Forms of which this container lacks the address are left out. No server may run in it: so healthcheck says a word
about an address that refuses, instead of looking for another.
"""

import itertools
import json
import os
import socket
import subprocess

from gunicorn.util import parse_address

PORT = 8765
HOSTS = ("", "0.0.0.0", "127.0.0.1", "127.3.2.1", "localhost", "LOCALHOST", "[::]", "[::1]")
FORMS = [
    *("".join(parts) for parts in itertools.product(("", "tcp://"), HOSTS, ("", f":{PORT}"))),
    *("unix:/tmp/s", "unix:///tmp/s", "unix:s", "unix://s"),
]


def listen(address):
    """A socket that listens where Gunicorn would."""
    if isinstance(address, str):
        server = socket.socket(socket.AF_UNIX)
        if os.path.exists(address):
            os.unlink(address)
    else:
        server = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(address)
    server.settimeout(0.1)
    server.listen()
    return server


def has_ipv6():
    """Whether loopback has. A container of Docker's may listen at "::" without, and then takes IPv4 alone."""
    try:
        listen(("::1", PORT)).close()
    except OSError:
        return False
    return True


def is_reached(form):
    """Whether healthcheck with this BIND connects to who listens there."""
    with listen(parse_address(form)) as server:
        done = subprocess.run(["healthcheck"], env={**os.environ, "BIND": form}, capture_output=True, text=True)
        try:
            server.accept()[0].close()
        except socket.timeout:
            return False
        return (done.returncode, done.stderr) == (0, "")


os.chdir("/tmp")
forms = [form for form in FORMS if form and (has_ipv6() or "[" not in form)]
print(json.dumps({form: is_reached(form) for form in forms}))
