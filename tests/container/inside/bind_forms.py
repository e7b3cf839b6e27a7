"""Listens at each form of BIND as Gunicorn itself reads it; prints as JSON whether healthcheck gets there: {form: bool}

A form is left out if this container lacks the address in it. No server may run in the container: if one did and the
address in BIND refused, healthcheck would look for the server's own address instead of saying so on stderr.
"""

import itertools
import json
import os
import socket
import subprocess
from typing import Union

from gunicorn.util import parse_address

PORT = 8765
HOSTS = ("", "0.0.0.0", "127.0.0.1", "127.3.2.1", "localhost", "LOCALHOST", "[::]", "[::1]")
FORMS = [
    *("".join(parts) for parts in itertools.product(("", "tcp://"), HOSTS, ("", f":{PORT}"))),
    *("unix:/tmp/s", "unix:///tmp/s", "unix:s", "unix://s"),
]


def listen(address: Union[str, int, tuple[str, int]]) -> socket.socket:
    """A socket that listens where Gunicorn would."""
    assert not isinstance(address, int)  # the number of an open socket, as in fd://3
    if isinstance(address, str):
        server = socket.socket(socket.AF_UNIX)
        if os.path.exists(address):
            os.unlink(address)
    else:
        server = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(address)
    server.settimeout(5)
    server.listen()
    return server


def has_ipv6() -> bool:
    """Whether this container has IPv6. Without, it may listen at "::" still, but takes connections by IPv4 alone."""
    try:
        listen(("::1", PORT)).close()
    except OSError:
        return False
    return True


def is_reached(form: str) -> bool:
    """Whether healthcheck, with this BIND, connects to the address of this form and finds it good."""
    command, env = ["healthcheck"], {**os.environ, "BIND": form}
    with listen(parse_address(form)) as server:
        with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as check:
            try:
                server.accept()[0].close()
            except socket.timeout:
                return False
            said = check.communicate()[1]
        return (check.returncode, said) == (0, "")


os.chdir("/tmp")
forms = [form for form in FORMS if form and (has_ipv6() or "[" not in form)]
print(json.dumps({form: is_reached(form) for form in forms}))
