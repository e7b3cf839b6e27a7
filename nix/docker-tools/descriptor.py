"""Digests, and the descriptors that refer to blobs by them (descriptor.md of the OCI image specification)."""

import hashlib
import re
from typing import Any

# The one algorithm that each reader of images has to know.
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def digest_of(blob: bytes) -> str:
    """The digest of a blob, "sha256:…"."""
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


def is_digest(value: Any) -> bool:
    """Whether a value is "sha256:" and 64 hexadecimal digits in lower case. Nothing else may become a file's name."""
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def blob_path(digest: str) -> str:
    """The path in an image layout of the blob with this digest. Raises ValueError if it is no digest."""
    if not is_digest(digest):
        raise ValueError(f"{digest!r:.200} is not a digest: sha256: and 64 hexadecimal digits")
    return f"blobs/{digest.replace(':', '/')}"


def descriptor(media_type: str, digest: str, size: int) -> dict[str, Any]:
    """What refers to a blob of `size` bytes."""
    return {"mediaType": media_type, "digest": digest, "size": size}
