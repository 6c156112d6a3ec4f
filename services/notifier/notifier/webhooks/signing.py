"""Secrets and signatures, by the Standard Webhooks specification.

A secret is needed whole for every signature, so it cannot be kept as a digest. With `WEBHOOK_KEYS` set it is
derived: HMAC-SHA256 of random bytes in the database under a key that stands outside it, so that neither of
them alone gives a secret away. Without a key the random bytes are the secret (ADR 20).
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from standardwebhooks import Webhook

PREFIX: Final = "whsec_"
BYTES: Final = 32


class Material(NamedTuple):
    """What is kept of a secret; `key` names the key that it is derived with, None for none."""

    seed: bytes
    key: str | None


class KeyMissing(LookupError):
    """A secret was derived with a key that is no longer in `WEBHOOK_KEYS`."""


class Keys:
    """The deployment's keys, the newest first: it derives new secrets, the others what they have."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self._keys = {_name(key): key.encode() for key in keys}
        self._newest = _name(keys[0]) if keys else None

    def new(self) -> Material:
        """Fresh material, 256 bits of it."""
        return Material(secrets.token_bytes(BYTES), self._newest)

    def secret(self, material: Material) -> str:
        """The secret as its owner is shown it. Raises KeyMissing."""
        if material.key is None:
            return _written(material.seed)
        if material.key not in self._keys:
            raise KeyMissing(material.key)
        return _written(hmac.digest(self._keys[material.key], material.seed, "sha256"))


def headers(secrets: Sequence[str], message_id: str, at: datetime, body: str) -> dict[str, str]:
    """The three headers: one signature for each secret that is valid, so that a rotation breaks nothing."""
    signatures = [Webhook(secret).sign(message_id, at, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _written(secret: bytes) -> str:
    return PREFIX + base64.b64encode(secret).decode()


def _name(key: str) -> str:
    return hashlib.sha256(b"webhook-key:" + key.encode()).hexdigest()[:16]
