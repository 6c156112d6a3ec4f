"""The four ways in which work is refused: mapped once to problem details, once to what a consumer does."""


class Refusal(Exception):
    """Work that was not done. `code` is stable and public; `detail` says what to change."""

    def __init__(self, code: str, detail: str, pointer: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.pointer = pointer


class Rejected(Refusal):
    """The request can never succeed as it stands (422). `pointer` is the JSON Pointer of the field."""


class NotFound(Refusal):
    """There is no such thing for this caller (404)."""


class Conflict(Refusal):
    """Someone else was first (409); with a precondition of the caller's, 412."""


class Stale(Conflict):
    """The caller's If-Match names a version that is no longer the newest (412)."""


class Transient(Refusal):
    """A dependency is away; the same request may succeed later (503 with Retry-After)."""
