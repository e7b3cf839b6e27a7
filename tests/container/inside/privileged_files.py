"""Prints as a JSON list the setuid and setgid files of the container."""

import json
import os
import stat

found = []
root = os.lstat("/").st_dev
for folder, folders, files in os.walk("/"):
    folders[:] = [name for name in folders if os.lstat(os.path.join(folder, name)).st_dev == root]
    for path in (os.path.join(folder, name) for name in files):
        status = os.lstat(path)
        if stat.S_ISREG(status.st_mode) and status.st_mode & (stat.S_ISUID | stat.S_ISGID):
            found.append(path)
print(json.dumps(sorted(found)))
