"""Gives an image the host's way to the package registries: proxies, certificates, pip's indexes, apt's mirror.

Images know only the public registries. Where the host reaches others, or those by another way,
its own configuration says so; this builds an image that differs in nothing else.
"""

import os
import re
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine import docker

PIP_OPTIONS = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "retries")
APT_OPTIONS = re.compile(r'Acquire::(https?::Proxy|Check-Valid-Until|Check-Date|Retries|ForceIPv4) "[^"]+";')
CA_VARIABLES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")
PROXY_VARIABLES = ("http_proxy", "https_proxy", "no_proxy")
BUILD_OPTIONS = ("--no-cache", "--force-rm", "--network=host")

# Debian's archives, `debian` and `debian-security`, stand beside each other on a mirror.
DOCKERFILE = r"""
FROM {image}
COPY host/ /etc/host-access/
ENV PIP_CONFIG_FILE=/etc/host-access/pip.conf PIP_ROOT_USER_ACTION=ignore {environment}
RUN cp /etc/host-access/apt.conf /etc/apt/apt.conf.d/99host-access
RUN [ -z "{mirror}" ] || find /etc/apt -name '*.list' -o -name '*.sources' | xargs sed -i -E \
    -e "s#https?://[^ ]*security[^ ]*#{mirror}/debian-security#" \
    -e "s#https?://[^ ]+/debian/?( |\$)#{mirror}/debian\1#"
"""


def pip(*words: str) -> str:
    """What the host's pip prints. Raises CalledProcessError.

    It is of another Python than the one that runs this, whose variables would lead it astray.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(["pip", *words], env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def pip_settings() -> dict[str, str]:
    """The host's pip settings by option name, without those that name files of the host."""
    if not shutil.which("pip"):
        return {}
    listing = pip("config", "list")
    settings = {}
    for line in listing.splitlines():
        name, _, value = line.partition("=")
        option = name.rpartition(".")[2]
        words = [word for word in value.strip("'").split() if not word.startswith("file:")]
        if option in PIP_OPTIONS and words:
            settings[option] = " ".join(words)
    return settings


def ca_bundle() -> Path | None:
    files = (Path(os.environ[name]) for name in CA_VARIABLES if os.environ.get(name))
    return next((file for file in files if file.is_file()), None)


def debian_mirror() -> str:
    """The URL of the folder with Debian's archives, as DEBIAN_MIRROR or the host's apt names it; "" if neither does."""
    urls = os.environ.get("DEBIAN_MIRROR", "")
    if not urls and shutil.which("apt-get"):
        command = ["apt-get", "indextargets", "--no-release-info", "--format=$(REPO_URI)"]
        urls = subprocess.run(command, capture_output=True, text=True).stdout
    mirrors = (re.fullmatch(r"(https?://.+)/debian/?", url) for url in urls.split())
    return next((mirror[1] for mirror in mirrors if mirror), "")


def apt_settings() -> list[str]:
    if not shutil.which("apt-config"):
        return []
    listing = subprocess.run(["apt-config", "dump"], capture_output=True, text=True).stdout
    return [line for line in listing.splitlines() if APT_OPTIONS.fullmatch(line)]


def write_host_files(folder: Path) -> None:
    """Write pip.conf, apt.conf and, if the host names one, the bundle of certificates."""
    pip, apt = pip_settings(), apt_settings()
    if bundle := ca_bundle():
        shutil.copy(bundle, folder / "ca.crt")
        pip["cert"] = "/etc/host-access/ca.crt"
        apt.append('Acquire::https::CaInfo "/etc/host-access/ca.crt";')
    # A mirror may be behind by more than the days for which Debian testing's word holds; update takes it, too.
    apt.append('Acquire::Check-Valid-Until "false";')
    pip_lines = ["[global]", *(f"{option} = {value}" for option, value in pip.items())]
    (folder / "pip.conf").write_text("\n".join(pip_lines) + "\n")
    (folder / "apt.conf").write_text("\n".join(apt) + "\n")


def environment(host: Path) -> str:
    """What tells uv, poetry and pipenv, which do not read pip.conf, of the host's index and certificates."""
    variables: dict[str, str] = {}
    if (host / "ca.crt").exists():
        variables |= dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), "/etc/host-access/ca.crt")
    if index := pip_settings().get("index-url"):
        variables["UV_DEFAULT_INDEX"] = index
    return " ".join(f"{name}={value}" for name, value in variables.items())


@contextmanager
def built(context: Path) -> Iterator[str]:
    """Build the folder's Dockerfile on the host's network; the image leaves afterwards.

    Raises CommandFailed.
    """
    name = f"container-test:{uuid.uuid4().hex}"
    proxies = [name for name in PROXY_VARIABLES if os.environ.get(name)]
    arguments = [f"--build-arg={name}={os.environ[name]}" for name in proxies]
    docker("build", *BUILD_OPTIONS, f"--tag={name}", *arguments, str(context))
    try:
        yield name
    finally:
        docker("rmi", "--force", name)


@contextmanager
def image_with_host_access(image: str) -> Iterator[str]:
    """An image from this one (full or slim) in which apt and pip reach what the host's reach."""
    with tempfile.TemporaryDirectory() as folder:
        host = Path(folder, "host")
        host.mkdir()
        write_host_files(host)
        dockerfile = DOCKERFILE.format(image=image, mirror=debian_mirror(), environment=environment(host))
        Path(folder, "Dockerfile").write_text(dockerfile)
        with built(Path(folder)) as name:
            yield name
