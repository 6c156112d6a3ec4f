"""People, facts and timers take turns at a ticket: none of them overwrites what another has just done."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest
from tests.escalation_facts import HUBS, THREE_LINES, TICKET, breached, opened, prioritised
from tests.escalation_rig import Service, blocked
from tests.escalation_story import BACK, UP, assign

from escalation.domain.hands import Command
from escalation.domain.routing import Routing
from escalation.domain.teams import UNNAMED
from escalation.domain.timeline import timeline
from escalation.moves import Asked, Moves
from escalation.work import Work, fold
from shared.errors import Conflict, NotFound, Stale
from shared.events.envelope import Recorded
from shared.events.escalation import TicketEscalated
from shared.eventstore.database import Transaction
from shared.eventstore.idempotency import Key
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.states import Held

pytestmark = pytest.mark.integration


async def held(service: Service, ticket: UUID = TICKET) -> Held[Routing]:
    """The state as it is stored."""
    async with service.database.transaction() as tx:
        work = Work(tx, service.store)
        await work.load([ticket])
        return work.get(ticket)


async def test_a_command_waits_for_the_batch_that_holds_the_ticket_and_is_decided_after_it(
    service: Service,
) -> None:
    await service.hear(opened(HUBS, "P3"))
    async with service.database.transaction() as tx:
        await Work(tx, service.store).load([TICKET])
        raised = asyncio.create_task(service.hear(prioritised("P1", 5)))
        await blocked(service, 1)
        by_hand = asyncio.create_task(service.act(UP))
        await blocked(service, 2)
    await raised

    with pytest.raises(Conflict, match="last-line"):
        await by_hand
    assert (await held(service)).state.line == 2


async def test_a_batch_waits_for_the_command_that_holds_the_ticket_and_moves_nothing_again(
    service: Service,
) -> None:
    await service.hear(opened(HUBS, "P3"))
    async with service.database.transaction() as tx:
        await Work(tx, service.store).load([TICKET])
        by_hand = asyncio.create_task(service.act(UP))
        await blocked(service, 1)
        raised = asyncio.create_task(service.hear(prioritised("P1", 5)))
        await blocked(service, 2)
    await asyncio.gather(by_hand, raised)

    moves = [event.data for event in await service.said() if isinstance(event.data, TicketEscalated)]
    assert [move.cause for move in moves] == ["manual"]
    assert (await held(service)).state.line == 2


@pytest.mark.parametrize("number", range(10))
async def test_a_burst_of_facts_and_hands_leaves_one_history_that_all_agree_on(
    service: Service, number: int
) -> None:
    await service.hear(opened(THREE_LINES, "P3"))
    facts = [prioritised("P1", 5), breached("resolution", 9), breached("line_limit", 12)]
    commands: list[Command] = [assign("asa"), assign("bo", 3), UP, BACK]
    attempts = [service.hear(fact) for fact in facts[number % 2 :]]
    done = await asyncio.gather(
        *attempts, *(service.act(command) for command in commands), return_exceptions=True
    )

    assert all(not isinstance(one, Exception) or isinstance(one, Conflict) for one in done)
    history = await service.said()
    stored = await held(service)
    told = fold(history)
    assert [event.version for event in history] == list(range(1, len(history) + 1))
    assert stored.version == len(history)
    assert (told.line, told.assignee) == (stored.state.line, stored.state.assignee)
    assert stored.state.opening is not None
    standing = timeline(stored.state, stored.state.opening, UNNAMED).standing
    assert (standing.line, standing.assignee) == (told.line, told.assignee)


async def test_of_two_who_saw_the_same_version_one_is_told_to_look_again(service: Service) -> None:
    await service.hear(opened(HUBS, "P3"))
    done = await asyncio.gather(
        service.act(assign("asa"), expected=1), service.act(assign("bo"), expected=1), return_exceptions=True
    )

    assert sorted(type(one) for one in done if isinstance(one, Exception)) == [Stale]
    assert len(await service.said()) == 2


async def test_a_command_on_a_ticket_whose_breach_came_first_finds_nothing(service: Service) -> None:
    await service.hear(breached("resolution", 9))

    with pytest.raises(NotFound):
        await service.act(assign())


async def test_a_person_comes_after_what_was_known_though_the_clock_stepped_back(service: Service) -> None:
    await service.hear(opened(HUBS, "P3"), prioritised("P1", 5))
    before = await held(service)
    await service.at(before.state.priorities[0].at)
    history: list[Recorded] = await service.act(BACK)

    assert history[-1].time >= prioritised("P1", 5).time
    assert (await held(service)).state.line == 1


class HearsBetween(PostgresEventStore):
    """A ticket is heard of for the first time between a command's reading of states and of streams."""

    def __init__(self, service: Service) -> None:
        super().__init__(service.database, "/escalation")
        self._service = service

    async def load(self, tx: Transaction, streams: Sequence[UUID]) -> dict[UUID, list[Recorded]]:
        if not await self._service.said():
            await self._service.hear(opened(HUBS, "P3"))
        return await super().load(tx, streams)


async def test_a_ticket_that_is_routed_while_a_command_looks_for_it_is_known_whole(service: Service) -> None:
    moves = Moves(service.database, HearsBetween(service), UNNAMED, service.woken)
    history = await moves.act(TICKET, UP, Asked())
    assert [event.type for event in history] == ["TicketRouted.v1", "TicketEscalated.v1"]


async def test_moves_survive_states_that_are_rebuilt(service: Service) -> None:
    facts = [opened(HUBS, "P1", category="order"), prioritised("P1", 3)]
    await service.hear(*facts)
    await service.act(assign("asa", 1))
    before = await service.types()
    await service.forget_states()
    for fact in facts:
        await service.hear(fact, live=False)

    assert await service.types() == before
    stored = (await held(service)).state
    assert (stored.line, stored.assignee, len(stored.hands)) == (1, "asa", 1)


async def test_states_of_earlier_versions_are_still_read(service: Service) -> None:
    """Before tickets could be reopened a state held their first end; what was due after it never counts."""
    await service.hear(opened(HUBS, "P3"))
    async with service.database.working() as connection:
        await connection.execute(
            "UPDATE states SET body = (body::jsonb - 'turns' - 'hands' - 'categories'"
            """ || '{"ended_at": "2026-03-02T08:05:00Z"}')::json"""
        )
    await service.hear(breached("resolution", 9))

    assert (await held(service)).state.line == 1


async def test_a_command_wakes_the_relay_once_and_one_that_changes_nothing_never(service: Service) -> None:
    await service.hear(opened(HUBS, "P3"))
    woken = service.wakes
    await service.act(assign("asa"))
    await service.act(assign("asa"))

    assert service.wakes == woken + 1


async def test_a_key_answers_again_as_it_was(service: Service) -> None:
    await service.hear(opened(HUBS, "P3"))
    asked = Asked(Key("agent", "POST", f"/v1/tickets/{TICKET}/assign", "k", b"1"))
    first = await service.moves.act(TICKET, assign("asa"), asked)
    await service.act(assign("bo"))
    again = await service.moves.act(TICKET, assign("asa"), asked)

    assert [event.id for event in again] == [event.id for event in first]
    assert len(await service.said()) == 3
