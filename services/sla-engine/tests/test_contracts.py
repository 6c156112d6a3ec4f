"""Which policy a contract goes by is learned from intake's directory."""

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs
from tests.desk import Desk
from tests.engine_rig import AGENT, Rig, agreements, contract, opened, until

from shared.events.directory import ContractAmended, ContractDrawnUp, CustomerRegistered
from shared.events.envelope import Recorded
from shared.events.ids import derived_id, new_id
from shared.events.sla import DeadlineStarted
from shared.events.ticket import ContractTerms
from shared.messaging.batch import Batch
from shared.messaging.partitions import partition_of
from sla_engine.adapters.contract_table import Contracts
from sla_engine.agreements import UnknownPolicy

pytestmark = pytest.mark.integration

GULD = derived_id("contract", "guld")
PREVIEW = {"contract": "guld", "priority": "P1", "registered_at": "2026-03-27T15:30:00Z"}


def terms(policy: str) -> ContractTerms:
    return ContractTerms(id="guld", policy=policy, timezone="Europe/Stockholm", locale="sv", lines=2)


async def hear(desk: Desk, event: ContractDrawnUp | ContractAmended, version: int) -> None:
    """The engine takes in what the directory says of a contract."""
    now = await desk.database.now()
    told = Recorded(
        id=new_id(),
        type=f"{type(event).__name__}.v1",
        source="/intake/directory",
        subject=GULD,
        version=version,
        tenant="*",
        time=now,
        recorded_at=now,
        correlation_id=new_id(),
        causation_id=None,
        traceparent=None,
        data=event,
    )
    async with desk.database.transaction() as tx:
        batch = Batch(tx, partition_of(GULD), [told], live=True)
        await desk.consuming.handle(batch)
    for committed in batch.committed:
        committed()


async def kinds(desk: Desk) -> set[str]:
    answer = await desk.preview(PREVIEW)
    assert answer.status_code == 200, answer.text
    return {deadline["kind"] for deadline in answer.json()["deadlines"]}


async def test_a_contract_that_was_drawn_up_is_previewed_and_has_a_calendar(desk: Desk) -> None:
    assert (await desk.preview(PREVIEW)).status_code == 422
    assert (await desk.get("/v1/calendars/guld?year=2026")).status_code == 404
    await hear(desk, ContractDrawnUp(contract=terms("hubs"), by=AGENT), 1)
    assert {"response", "resolution"} <= await kinds(desk)
    assert (await desk.get("/v1/calendars/guld?year=2026")).json()["calendar_version"] == "hubs-calendar-1"


async def test_an_amended_contract_goes_by_its_new_policy_and_old_news_change_nothing(desk: Desk) -> None:
    await hear(desk, ContractDrawnUp(contract=terms("hubs"), by=AGENT), 1)
    await hear(desk, ContractAmended(contract=terms("timecare"), by=AGENT), 3)
    assert await kinds(desk) == {"triage"}
    await hear(desk, ContractAmended(contract=terms("hubs"), by=AGENT), 2)
    assert await kinds(desk) == {"triage"}


async def test_a_policy_may_be_asked_for_by_its_own_name(desk: Desk) -> None:
    answer = await desk.preview(PREVIEW | {"contract": "timecare"})
    assert [deadline["kind"] for deadline in answer.json()["deadlines"]] == ["triage"]


async def test_a_contract_whose_policy_is_not_run_here_says_so_loudly(desk: Desk) -> None:
    with capture_logs() as told:
        await hear(desk, ContractDrawnUp(contract=terms("platina"), by=AGENT), 1)
        preview = await desk.preview(PREVIEW)
        calendar = await desk.get("/v1/calendars/guld?year=2026")
        await desk.contracts.read()
    assert (preview.status_code, preview.json()["errors"][0]["pointer"]) == (422, "/contract")
    assert "the policy 'platina', which is not run here" in preview.text
    assert (calendar.status_code, calendar.json()["type"].rpartition("/")[2]) == (404, "unknown-policy")
    assert [(line["log_level"], line["contract"], line["policy"]) for line in told] == [
        ("error", "guld", "platina")
    ]
    assert REGISTRY.get_sample_value("sla_contracts_without_policy") == 1
    await hear(desk, ContractAmended(contract=terms("hubs"), by=AGENT), 2)
    assert {"response", "resolution"} <= await kinds(desk)
    assert REGISTRY.get_sample_value("sla_contracts_without_policy") == 0


async def test_a_ticket_under_such_a_contract_waits_for_the_policy(desk: Desk) -> None:
    now = await desk.database.now()
    with pytest.raises(UnknownPolicy):
        await desk.hear(new_id(), (opened(now, "platina"), now))


async def test_what_one_instance_has_heard_every_instance_answers_by(desk: Desk) -> None:
    known = agreements()
    other = Contracts(desk.database, known)
    await other.look()
    await hear(desk, ContractDrawnUp(contract=terms("hubs"), by=AGENT), 1)
    await other.look_for("guld")  # it has been told nothing
    assert known.of_contract("guld").policy.name == "hubs"


async def test_an_engine_starts_with_the_contracts_of_the_feed_and_hears_of_later_ones(rig: Rig) -> None:
    async def knows(name: str) -> bool:
        return name in rig.agreements.contracts

    async with rig.relaying("/intake"), rig.relaying("/escalation"):
        acme = CustomerRegistered(customer="acme", name="Acme", by=AGENT)
        await rig.say("/intake/directory", [(derived_id("customer", "acme"), acme)])
        await rig.say("/intake/directory", [(GULD, ContractDrawnUp(contract=terms("swift"), by=AGENT))])
        (before,) = await rig.open()
        async with rig.engine():
            await until(lambda: knows("guld"))
            later = ContractDrawnUp(contract=contract("later"), by=AGENT)
            await rig.say("/intake/directory", [(derived_id("contract", "later"), later)])
            await until(lambda: knows("later"))
            await rig.until_told(before, DeadlineStarted)
            (after,) = await rig.open()
            await rig.until_told(after, DeadlineStarted)
