"""Wheels that nobody has built, and their installation."""

import base64
import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

from install_wheels import build


def record_row(name: str, content: bytes) -> list[str]:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return [name, f"sha256={digest}", str(len(content))]


def made_up_wheel(
    folder: Path,
    name: str,
    files: dict[str, bytes],
    tampered: dict[str, bytes | None] | None = None,
    executable: str = "",
    compression: int = zipfile.ZIP_STORED,
    version: str = "1.0",
    metadata: Sequence[str] = (),
) -> dict[str, str]:
    """The part of a spec for a wheel that is stored in `folder` as in the Nix store.

    `tampered` are files that RECORD does not know in this form; None leaves one out. `metadata` has further lines of
    METADATA.
    """
    filename = f"{name}-{version}-py3-none-any.whl"
    path = folder / f"0c5b8vk1f9x3-{filename}"
    info = f"{name}-{version}.dist-info"
    fields = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *metadata]
    content = {
        f"{info}/METADATA": "".join(f"{field}\n" for field in fields).encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        **files,
    }
    rows = [record_row(*item) for item in content.items()] + [[f"{info}/RECORD", "", ""]]
    content[f"{info}/RECORD"] = "".join(",".join(row) + "\n" for row in rows).encode()
    with zipfile.ZipFile(path, "w", compression) as archive:
        for member, data in (content | (tampered or {})).items():
            entry = zipfile.ZipInfo(member)
            entry.compress_type = compression
            entry.external_attr = (0o100755 if member == executable else 0o100644) << 16
            if data is not None:
                archive.writestr(entry, data)
    return {"filename": filename, "path": str(path)}


# What markers say of a Python 3.9 in an image.
ENVIRONMENT = {
    "implementation_name": "cpython",
    "implementation_version": "3.9.2",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "python_full_version": "3.9.2",
    "python_version": "3.9",
    "sys_platform": "linux",
}


def installed(out: Path, *wheels: dict[str, str], strip: str | None = None, minor: str = "3.9") -> Path:
    """Install the wheels for a Python below /usr/local, and return their tree, `out`."""
    python = {"minor": minor, "prefix": "/usr/local", "environment": ENVIRONMENT, "below": None}
    build({**python, "installedBy": "made up", "strip": strip, "wheels": list(wheels)}, out)
    return out
