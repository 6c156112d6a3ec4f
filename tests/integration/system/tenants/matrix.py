"""Tenant × role × route: what each caller may get, asked of the running system cell by cell."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2

from shared.runtime.auth import CUSTOMER_ROLES
from tests.integration.system.conftest import System
from tests.integration.system.tenants.callers import EVERYBODY, CallerOf
from tests.integration.system.tenants.directory import a_person
from tests.integration.system.tenants.operations import DONE, Operation
from tests.integration.system.tenants.things import Things

AT_ONCE = 16
_BRACED = re.compile(r"{\w+}")


@dataclass
class Findings:
    """`wrong`: a line for each cell that is not as it must be. `leaks`: those of them in which a customer
    reached, or read of, another. `done`: how often each operation succeeded for one who may."""

    cells: int = 0
    wrong: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return f"{self.cells} cells, {len(self.leaks)} leaks, {len(self.wrong)} wrong"


async def ask_all(
    system: System,
    operations: Iterable[Operation],
    things: Mapping[str, Things],
    callers: Sequence[CallerOf] = EVERYBODY,
) -> Findings:
    """Every cell of every operation that is built, asked by `callers` about each customer's things."""
    findings, gate = Findings(), asyncio.Semaphore(AT_ONCE)

    async def bounded(operation: Operation, caller: CallerOf, whose: Things) -> None:
        async with gate:
            await _cell(system, findings, operation, caller, things, whose)

    cells = [
        bounded(operation, caller, whose)
        for operation in operations
        if operation.built
        for caller in callers
        for whose in things.values()
        if not caller.reads_only or (operation.writes and caller.customer in (None, whose.customer))
    ]
    await asyncio.gather(*cells)
    return findings


async def _cell(
    system: System,
    findings: Findings,
    operation: Operation,
    caller: CallerOf,
    things: Mapping[str, Things],
    whose: Things,
) -> None:
    findings.cells += 1
    at = f"{operation.service} {operation.name} of {whose.customer} by {caller.token}"
    status, text = await _ask(system, operation, caller, things, whose)
    right = _right(operation, caller, whose)
    own = caller.customer == whose.customer
    if status not in right:
        findings.wrong.append(f"{at}: {status}, and it must be one of {sorted(right)}")
        if caller.customer and not own and status < 500:
            findings.leaks.append(findings.wrong[-1])
    if status in DONE and right & DONE:
        findings.done[operation.name] += 1
    if caller.customer and operation.roles is not None:
        for seen in _others_words(text, caller.customer, things):
            findings.wrong.append(f"{at}: the answer holds {seen}")
            findings.leaks.append(findings.wrong[-1])
    if status == 200 and right == {200} and own and not operation.named and operation.service != "sla_engine":
        mine = things[caller.customer or ""]
        if not any(mark in text for mark in (*mine.marks, mine.customer)):
            findings.wrong.append(f"{at}: nothing of the caller's own in the answer")


def _right(operation: Operation, caller: CallerOf, whose: Things) -> frozenset[int]:
    """The statuses that are right in this cell."""
    if operation.roles is None:
        return frozenset((200,))
    if caller.role is None:
        return frozenset((401,))
    if caller.role not in operation.roles or (caller.reads_only and operation.writes):
        return frozenset((403,))
    if caller.role in CUSTOMER_ROLES and caller.customer != whose.customer and _names(operation):
        return frozenset((operation.to_others,))
    if operation.of_its_own_side and caller.customer is None:
        return frozenset((403,))
    return operation.to_who_may


def _names(operation: Operation) -> bool:
    """Whether the request names a customer's own at all."""
    return operation.of_one_tenant or bool(_BRACED.search(str((operation.query, operation.body))))


def _others_words(text: str, customer: str, things: Mapping[str, Things]) -> list[str]:
    found = [f"what is internal to support ({mark})" for mark in things[customer].internal if mark in text]
    for other in things.values():
        if other.customer != customer:
            marks = (*other.marks, *other.internal, f'"{other.customer}"')
            found += [f"what is {other.customer}'s ({mark})" for mark in marks if mark in text]
    return found


async def _ask(
    system: System, operation: Operation, caller: CallerOf, things: Mapping[str, Things], whose: Things
) -> tuple[int, str]:
    values = whose.values(operation)
    if operation.uses_up:
        values["person"] = await a_person(system, whose)
    headers = {"Authorization": f"Bearer {caller.token}"} if caller.token else {}
    url = system.machine.url(operation.service) + operation.path.format_map(values)
    query = _filled(operation.query, values)
    if operation.streams:
        return await _follow(system, url, headers, things.get(caller.customer or ""))
    body = operation.body
    answer = await system.http.request(
        operation.method,
        url,
        params=query,
        headers=headers,
        json=None if body is None else _filled(_without_customer(body, caller, whose), values),
    )
    return answer.status_code, answer.text


def _without_customer(body: Mapping[str, Any], caller: CallerOf, whose: Things) -> Mapping[str, Any]:
    """A customer's own credential says whose it is: naming oneself is allowed, and left out here."""
    return {k: v for k, v in body.items() if k != "customer"} if caller.customer == whose.customer else body


def _filled(template: Any, values: Mapping[str, str]) -> Any:
    match template:
        case str():
            return template.format_map(values) if "{" in template else template
        case Mapping():
            return {name: _filled(value, values) for name, value in template.items()}
        case list():
            return [_filled(value, values) for value in template]
        case _:
            return template


async def _follow(system: System, url: str, headers: dict[str, str], mine: Things | None) -> tuple[int, str]:
    """The stream from before the things were made until the last of the caller's own has come."""
    if mine is not None:
        headers = {**headers, "Last-Event-ID": mine.stream_from}
    awaited = {ticket.id for ticket in mine.tickets.values()} if mine else set[str]()
    text = ""
    timeout = httpx2.Timeout(10, read=20)
    async with system.http.stream("GET", url, headers=headers, timeout=timeout) as answer:
        if answer.status_code != 200:
            return answer.status_code, (await answer.aread()).decode()
        async for chunk in answer.aiter_text():
            text += chunk
            awaited -= {ticket for ticket in awaited if ticket in text}
            if not awaited:
                break
    return answer.status_code, text
