"""How soon what was posted is seen: in the read model, and as an escalation on Kafka."""

import time

import httpx2

from bench.figures import Figure
from bench.listening import Listener
from bench.target import Target, opened, ticket

WARM = 20
"""First requests that are not counted: connections, caches, prepared statements."""


CASCADE = "intake:1,sla-engine:1,escalation:1,notifier:1"
"""What a new ticket sets off: deadlines, routing, the confirmation."""


async def post_to_read_model(target: Target, count: int) -> list[Figure]:
    """One at a time; the read waits for the version, so nothing is polled.

    Idle: a ticket is posted once all that the one before set off has come through. Back to back: at once.
    """
    idle = await _posted(target, count, idle=True)
    busy = await _posted(target, count, idle=False)
    return [
        Figure.of("post → read model, idle stack (POST begun to GET answered)", [w for w, _ in idle]),
        Figure.of("of which after the 201", [a for _, a in idle]),
        Figure.of("post → read model, back to back", [w for w, _ in busy]),
    ]


async def _posted(target: Target, count: int, *, idle: bool) -> list[tuple[float, float]]:
    seconds = []
    support = {"Authorization": "Bearer local-agent"}
    async with httpx2.AsyncClient(timeout=10, trust_env=False) as http:
        for number in range(WARM + count):
            began = time.perf_counter()
            ticket_id = await opened(http, target, "acme", ticket(f"r{number}", "P3", "acme"))
            answered = time.perf_counter()
            url = f"{target.projections}/v1/tickets/{ticket_id}?min_version="
            answer = await http.get(f"{url}intake:1", headers=support)
            seen = time.perf_counter()
            answer.raise_for_status()
            if answer.headers.get("Stafett-Stale"):
                raise RuntimeError(f"{ticket_id} was not in the read model within 2 s")
            if number >= WARM:
                seconds.append((seen - began, seen - answered))
            if idle:
                (await http.get(f"{url}{CASCADE}", headers=support)).raise_for_status()
    return seconds


async def p1_on_kafka(target: Target, count: int) -> list[Figure]:
    """A hubs P1 is escalated and its service manager alerted at once: both on Kafka, after the post."""
    posted: dict[str, float] = {}
    with Listener(target.bootstrap, "escalation-events") as listener:
        async with httpx2.AsyncClient(timeout=10, trust_env=False) as http:
            for number in range(WARM + count):
                began = time.time()
                ticket_id = await opened(http, target, "acme", ticket(f"p{number}", "P1", "acme"))
                if number >= WARM:
                    posted[ticket_id] = began
                await listener.hears(
                    lambda heard, wanted=ticket_id: any(  # type: ignore[misc]
                        one.event.subject == wanted and one.event.type == "ServiceManagerAlerted"
                        for one in heard[-20:]
                    ),
                    10,
                )
    figures = []
    for kind in ("TicketEscalated", "ServiceManagerAlerted"):
        delays = [
            one.at - posted[one.event.subject]
            for one in listener.heard
            if one.event.type == kind and one.event.subject in posted
        ]
        figures.append(Figure.of(f"P1 posted → {kind} on Kafka", delays))
    return figures
