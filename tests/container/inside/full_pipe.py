"""Runs /start.sh with its error log in a pipe that nobody reads for a while. Meanwhile the master has something to log,
and a worker ends. Prints the lines of the log, as a JSON list.
"""

import json
import os
import re
import signal
import subprocess
import time

LOG = {"GUNICORN_LOG_FORMAT": "json", "LOG_LEVEL": "debug", "ERROR_LOG": "/dev/stderr"}
BOOTING = re.compile(rb"Booting worker with pid: (\d+)")

reading, writing = os.pipe()
environment = {**os.environ, **LOG, "PORT": "8080", "WEB_CONCURRENCY": "1"}
master = subprocess.Popen(["/start.sh"], env=environment, stdout=subprocess.DEVNULL, stderr=writing)
log = b""
while b"Application startup complete" not in log:
    log += os.read(reading, 65536)

# Open the pipe anew to fill it: O_NONBLOCK on the file that the master has open would keep the master from waiting.
filling = os.open(f"/proc/self/fd/{writing}", os.O_WRONLY | os.O_NONBLOCK)
os.close(writing)
for size in (4096, 1):
    try:
        while True:
            os.write(filling, b"\n" * size)
    except BlockingIOError:
        pass
os.close(filling)

master.send_signal(signal.SIGTTIN)  # asks for another worker
time.sleep(1)
os.kill(int(BOOTING.findall(log)[0]), signal.SIGKILL)
time.sleep(1)
while len(BOOTING.findall(log)) < 3:
    log += os.read(reading, 65536)
master.terminate()
while some := os.read(reading, 65536):
    log += some
print(json.dumps([line for line in log.decode().splitlines() if line]))
