"""What pip's configuration says of the index, without all else that it may say."""

import ast
import os
import re
import subprocess
from collections.abc import Mapping, Sequence

from fetch_error import FetchError, brief

# Where the files are and how to reach them. Others could name a requirements file or constraints that let pip build
# a source distribution, another Python, or a folder to write to.
KEPT = frozenset(
    {
        *("index-url", "extra-index-url", "no-index", "find-links"),
        *("trusted-host", "cert", "client-cert", "keyring-provider", "use-feature", "use-deprecated"),
        *("proxy", "timeout", "default-timeout", "retries", "resume-retries"),
    }
)
# What `pip config list` writes: SECTION.KEY='VALUE', where the section ":env:" is the environment.
_SETTING = re.compile(r"(global|download|:env:)\.([a-z0-9-]+)=(['\"].*)")
_LOGIN = re.compile(r"(https?://)([^/@]+)@([^/@]+)")  # of a URL
_SECTIONS = ("global", "download", ":env:")  # later ones win


def _variable(key: str) -> str:
    return f"PIP_{key.upper().replace('-', '_')}"


def isolated(pip: Sequence[str], environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a pip that reads no configuration: `environment`, with the settings of KEPT as variables.

    pip's own --isolated is no way to it: it leaves out the user's index, and reads the files of the machine.
    `pip` is the command that starts pip, which is asked for its configuration. Raises FetchError if that is broken.
    """
    known = {name: value for name, value in environment.items() if not name.upper().startswith("PIP_")}
    wanted = {*map(_variable, KEPT), "PIP_CONFIG_FILE"}
    asked = known | {name: value for name, value in environment.items() if name in wanted}
    done = subprocess.run(
        [*pip, "config", "list", "--disable-pip-version-check"],
        env=asked,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        reason = brief((done.stderr.strip().splitlines() or ["failed"])[-1])
        raise FetchError(f"pip: {reason}; mend pip's configuration", hopeless=True)
    found = [match.groups() for line in done.stdout.splitlines() if (match := _SETTING.fullmatch(line))]
    found.sort(key=lambda setting: _SECTIONS.index(setting[0]))
    kept = {_variable(key): ast.literal_eval(value) for _, key, value in found if key in KEPT}
    return known | kept | {"PIP_CONFIG_FILE": os.devnull}


def with_index(index: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a pip that asks the index at this URL instead of those in `environment`, of isolated().

    If the URL has no login, that of a configured index on the same server is used, as pip does it for files. Links that
    pip is told to find elsewhere are found, too.
    """
    configured = [
        url for key in ("index-url", "extra-index-url") for url in environment.get(_variable(key), "").split()
    ]
    logins = {f"{found[1]}{found[3]}": found[2] for url in reversed(configured) if (found := _LOGIN.match(url))}
    for server, login in logins.items():
        if index == server or index.startswith(f"{server}/"):
            scheme, _, rest = index.partition("://")
            index = f"{scheme}://{login}@{rest}"
            break
    kept = {name: value for name, value in environment.items() if name != _variable("extra-index-url")}
    return kept | {_variable("index-url"): index}
