"""Prints the status of GET / at an address: HOST:PORT, or the path of a Unix socket."""

import http.client
import socket
import sys

(where,) = sys.argv[1:]
connection = http.client.HTTPConnection("localhost" if where.startswith("/") else where, timeout=10)
if where.startswith("/"):
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(where)
connection.request("GET", "/")
print(connection.getresponse().status)
