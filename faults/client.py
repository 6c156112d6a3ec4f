"""A careful client system: one key per intended change, sent again until it is answered for good."""

import asyncio
import time
import uuid
from typing import Any

import httpx2

from faults.journal import Attempt, Write, clock

TRY_WITHIN = 10.0
"""Seconds that one try may take."""
LONGEST_PAUSE = 1.0
"""Seconds between tries at most; a Retry-After beyond it is cut, to see the recovery when it happens."""
IN_FLIGHT = "in-flight"
"""The end of the problem type of a key whose first request is not answered yet."""


class Client:
    """Sends writes to intake; `patience`: seconds until a write is given up as unknown."""

    def __init__(self, intake: str, patience: float = 90.0) -> None:
        self._patience = patience
        limits = httpx2.Limits(max_connections=64, max_keepalive_connections=64)
        self._http = httpx2.AsyncClient(base_url=intake, timeout=TRY_WITHIN, limits=limits, trust_env=False)

    async def close(self) -> None:
        """Drop the connections."""
        await self._http.aclose()

    async def send(self, write: Write, credential: str, *, repeat: bool = False) -> None:
        """Carry out `write` and note what became of it; `repeat`: send it once more after its 2xx."""
        key, deadline = str(uuid.uuid4()), time.monotonic() + self._patience
        pause = 0.05
        while time.monotonic() < deadline:
            answer = await self._try(write, credential, key)
            if answer is not None and answer.is_success:
                self._acknowledge(write, answer.json())
                if repeat:
                    second = await self._try(write, credential, key)
                    write.again = second.json() if second is not None and second.is_success else None
                return
            if answer is not None and not _worth_another(answer):
                write.outcome = "refused"
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _try(self, write: Write, credential: str, key: str) -> httpx2.Response | None:
        path = (
            "/v1/tickets"
            if write.kind == "open"
            else f"/v1/tickets/{write.ticket}/{_ROUTES.get(write.kind, write.kind)}"
        )
        headers = {"Authorization": f"Bearer {credential}", "Idempotency-Key": key}
        began, started = clock(), time.monotonic()
        try:
            answer = await self._http.post(path, json=write.body, headers=headers)
        except httpx2.HTTPError as failure:
            seconds = time.monotonic() - started
            write.attempts.append(Attempt(began, seconds, 0, clean=False, problem=type(failure).__name__))
            return None
        problem = "" if answer.is_success else answer.text[:300]
        seconds = time.monotonic() - started
        write.attempts.append(Attempt(began, seconds, answer.status_code, _is_clean(answer), problem))
        return answer

    @staticmethod
    def _acknowledge(write: Write, document: dict[str, Any]) -> None:
        write.outcome, write.answer = "acknowledged", document
        write.ticket, write.version = document["id"], document["version"]


_ROUTES = {"comment": "comments", "agree": "agreed-date"}


def _is_clean(answer: httpx2.Response) -> bool:
    if answer.is_success:
        return True
    is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    if answer.status_code == 503:
        return is_problem and "retry-after" in answer.headers
    return is_problem and answer.status_code in (409, 412, 422)


def _worth_another(answer: httpx2.Response) -> bool:
    """Whether the same request may be sent again: 5xx, and a first one with its key still in flight."""
    return answer.status_code >= 500 or (answer.status_code == 409 and IN_FLIGHT in answer.text)
