"""Asks for a page again and again, each time on a new connection: `ask.py URL SECONDS FILE`.

A request fails after so many seconds without an answer. Each one leaves a line in the file, a JSON object with

began   when, in seconds since this machine was booted
ended   the same of its end
answer  the body, if the status is a good one
error   what went wrong, if it is not
"""

import json
import sys
import time
import urllib.request
from http.client import HTTPException

url, seconds, file = sys.argv[1:]
with open(file, "a", buffering=1) as results:
    while True:
        began = time.monotonic()
        try:
            with urllib.request.urlopen(url, timeout=float(seconds)) as response:
                result = {"answer": response.read().decode()}
        except (OSError, HTTPException) as error:
            result = {"error": repr(error)}
        results.write(json.dumps({"began": began, "ended": time.monotonic(), **result}) + "\n")
        time.sleep(0.1)  # the servers may be emulated on the same processor
