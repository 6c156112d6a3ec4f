"""The hash chain of a stream: each link covers the one before, the public bytes, and a digest of the rest.

Because the personal half enters only as a salted digest, it can be erased and the chain still verifies.
"""

import hashlib
import secrets
from uuid import UUID

GENESIS = bytes(32)


def salt() -> bytes:
    """Sixteen random bytes, so that a digest of a short text cannot be guessed back."""
    return secrets.token_bytes(16)


def digest(salt: bytes, personal: bytes) -> bytes:
    """SHA-256 over salt and personal bytes."""
    return hashlib.sha256(salt + personal).digest()


def link(previous: bytes, event_id: UUID, name: str, public: bytes, personal_digest: bytes | None) -> bytes:
    """The next link of the chain (32 bytes)."""
    sha = hashlib.sha256(previous)
    sha.update(event_id.bytes)
    sha.update(name.encode())
    sha.update(public)
    sha.update(personal_digest or b"")
    return sha.digest()
