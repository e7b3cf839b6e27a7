"""The spec of an image without layers, for image.build."""

from typing import Any

SPEC: dict[str, Any] = {
    "name": "docker-tools-test",
    "tag": "1",
    "os": "linux",
    "architecture": "amd64",
    "created": "1970-01-01T00:00:01Z",
    "config": {},
    "layers": [],
    "fromImage": None,
}
