"""Refusals that only HTTP knows, beside those of `shared.errors`."""

from shared.errors import Refusal


class Malformed(Refusal):
    """The request cannot be read at all (400)."""


class Unauthenticated(Refusal):
    """No credential, or one that is not known here (401)."""

    def __init__(self, detail: str) -> None:
        super().__init__("unauthenticated", detail)


class Forbidden(Refusal):
    """The credential is known, but its role may not do this (403)."""


class TooManyRequests(Refusal):
    """The credential's rate is used up (429); another request is taken after `wait` seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(
            "too-many-requests", f"Too many requests with this credential; try again in {wait} s."
        )
        self.wait = wait


class UnsupportedMedia(Refusal):
    """The body is not of a type that the route reads (415)."""
