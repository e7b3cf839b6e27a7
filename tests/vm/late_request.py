"""Run `late_request.py PORT COMMAND…`: the command ends the server at this port while it has half of a request for a
note. Then the other half follows.

Fails unless the server answers with status 201.
"""

import subprocess
import sys
import time
from http.client import HTTPConnection

HOST = f"127.0.0.1:{sys.argv[1]}"
SECONDS = 60
BODY = b'{"text": "late"}'

begun = HTTPConnection(HOST, timeout=SECONDS)
begun.putrequest("POST", "/notes")
begun.putheader("Content-Type", "application/json")
begun.putheader("Content-Length", str(len(BODY)))
begun.endheaders(BODY[:1])

# Connections are taken in the order in which they came: when this request is answered, the other one has begun.
other = HTTPConnection(HOST, timeout=SECONDS)
other.request("GET", "/")
other.getresponse().read()

with subprocess.Popen(sys.argv[2:]):
    try:
        while True:  # until the server has heard that it ends, and takes no more connections
            HTTPConnection(HOST, timeout=SECONDS).connect()
            time.sleep(0.1)
    except ConnectionRefusedError:
        pass
    begun.send(BODY[1:])
    status = begun.getresponse().status
sys.exit(f"status {status}" if status != 201 else 0)
