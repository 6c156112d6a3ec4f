"""Waiting until the services answer, and saying plainly which one does not."""

import time
from collections.abc import Callable

import httpx2

from stack.addresses import SERVICES, Addresses, program
from stack.places import LOGS, Unready, listening, tail

_BOUND = 60.0


def await_services(at: Addresses) -> None:
    """Wait until every `/readyz` is 200 and the sink listens, at most 60 s; `Unready` names who lags."""
    checks: dict[str, Callable[[], str | None]] = {
        "mail-sink": lambda: None if listening(at.smtp) else "does not listen",
        **{program(name): _ready_at(at.url(name)) for name in SERVICES},
    }
    deadline = time.monotonic() + _BOUND
    while True:
        unready = {name: why for name, check in checks.items() if (why := check())}
        if not unready:
            return
        checks = {name: checks[name] for name in unready}
        if time.monotonic() > deadline:
            raise Unready("\n\n".join(_report(name, why) for name, why in unready.items()))
        time.sleep(0.1)


def all_ready(at: Addresses) -> bool:
    """Is everything up this very moment?"""
    return listening(at.smtp) and not any(_ready_at(at.url(name))() for name in SERVICES)


def readiness(at: Addresses, service: str) -> str:
    """What a service says of itself now: `ready`, or why not."""
    return _ready_at(at.url(service))() or "ready"


def _ready_at(url: str) -> Callable[[], str | None]:
    def check() -> str | None:
        try:
            answer = httpx2.get(f"{url}/readyz", timeout=5, trust_env=False)
        except httpx2.HTTPError as failure:
            return f"no answer ({type(failure).__name__})"
        return None if answer.status_code == 200 else f"says {answer.status_code}: {answer.text[:300]}"

    return check


def _report(name: str, why: str) -> str:
    log = LOGS / f"{name}.log"
    return (
        f"{name} is not ready after {_BOUND:.0f} s: {why}. The end of {log}:\n{tail(log)}\n"
        f"It is still being retried: mend the cause and run `make up` again, or stop all with `make down`."
    )
