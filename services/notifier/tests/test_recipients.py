"""Where each recipient is reached, and how support's teams are read."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.notifier_facts import AGENT, DEMO, ESCALATED, REPORTER, TEAMS, fact, opened

from notifier.adapters.teams import read_teams
from notifier.domain.notice import Notice
from notifier.domain.notices import notices_of
from notifier.domain.recipients import address_of, person_at
from notifier.domain.teams import Teams
from notifier.domain.ticket import Ticket, observe
from shared.events.escalation import TicketAssigned, TicketRouted
from shared.events.ids import new_id
from shared.events.people import Actor, Contact
from shared.events.ticket import ContractChanged, TicketOpened

SUBJECT = new_id()
LISTED = """
- id: first
  line: 1
  email: helpdesk@support.example
  members: [{id: agent-7, name: Demo, email: demo@support.example}]
- {id: line-2, email: developers@support.example, rota: [agent-7]}
"""


def known(opening: TicketOpened | None = None) -> Ticket:
    return observe(Ticket(), fact(opening or opened(), SUBJECT))


def to(recipient: str, ticket: Ticket, teams: Teams = TEAMS, team: str | None = None) -> str | None:
    return address_of(Notice("any", recipient, {"email": None}, team=team), ticket, teams)  # type: ignore[arg-type]


@pytest.fixture
def listed(tmp_path: Path) -> Teams:
    (tmp_path / "teams.yaml").write_text(LISTED)
    return read_teams(tmp_path, "support.example")


def test_a_reporter_without_an_e_mail_is_not_written_to() -> None:
    assert to("reporter", known(opened(reporter=Contact(name="Åsa", phone="070-1740605")))) is None
    assert to("reporter", known()) == REPORTER.email


def test_an_alert_without_an_address_shows_as_an_empty_one() -> None:
    assert to("service_manager", known(opened(manager=None))) == ""
    assert to("on_call", known()) == ""


def test_the_service_manager_of_the_contract_that_governs_the_ticket_now_is_alerted() -> None:
    bo = Contact(name="Bo Exempel", email="bo@support.example")
    changed = ContractChanged(contract=DEMO, previous="hubs", by=AGENT, service_manager=bo)
    moved = observe(known(), fact(changed, SUBJECT, version=2))
    assert to("service_manager", moved) == bo.email
    nobody = observe(moved, fact(replace(changed, service_manager=None), SUBJECT, version=3))
    assert to("service_manager", nobody) == "", "nobody is alerted in their place, and it shows"
    older = fact(ContractChanged(contract=DEMO, previous="hubs", by=AGENT), SUBJECT, version=3)
    assert to("service_manager", observe(moved, older)) == bo.email


def test_the_team_that_holds_the_ticket_is_written_to_and_the_one_that_is_meant_instead() -> None:
    assert to("team", known()) == "line-1@support.example"
    moved = observe(known(), fact(ESCALATED, SUBJECT))
    assert to("team", moved) == "line-2@support.example"
    assert to("team", moved, team="line-3") == "line-3@support.example"


def test_teams_and_people_are_reached_where_the_list_says(listed: Teams) -> None:
    assert to("team", known(), listed) == "helpdesk@support.example"
    assert to("team", known(), listed, team="line-2") == "developers@support.example"
    assert to("team", known(), listed, team="line-3") == "line-3@support.example"
    assert to("assignee", replace(known(), assignee="agent-7"), listed) == "demo@support.example"
    assert to("assignee", replace(known(), assignee="nobody"), listed) is None
    assert to("assignee", known(), listed) is None


@pytest.mark.parametrize(("line", "kept"), [(1, "agent-7"), (2, "agent-7"), (3, None)])
def test_an_assignee_is_left_behind_by_a_move_up_only(line: int, kept: str | None) -> None:
    held = replace(known(), line=2, team="line-2", assignee="agent-7")
    assert observe(held, fact(TicketRouted(line=line, team="integration"), SUBJECT)).assignee == kept


def test_a_ticket_that_changes_hands_loses_its_assignee() -> None:
    by = Actor(id="agent", party="support", role="agent")
    given = TicketAssigned(line=1, team="line-1", by=by, assignee="agent-7")
    held = observe(known(), fact(given, SUBJECT))
    assert held.assignee == "agent-7"
    assert observe(held, fact(ESCALATED, SUBJECT)).assignee is None


def test_line_2_is_told_of_a_p1_as_a_new_ticket_and_not_as_an_escalation_too() -> None:
    received = next(n for n in notices_of(fact(ESCALATED, SUBJECT), Ticket()) if n.recipient == "team")
    assert address_of(received, known(), TEAMS) is None
    raised = observe(Ticket(), fact(opened(priority="P3"), SUBJECT))
    assert address_of(received, raised, TEAMS) == "line-2@support.example"


def test_a_mapping_with_teams_is_read_too_and_no_file_means_plain_addresses(tmp_path: Path) -> None:
    assert read_teams(tmp_path, "support.example").address("line-1") == "line-1@support.example"
    (tmp_path / "teams.yaml").write_text("lines: []\nteams:\n- {id: line-1, email: a@support.example}\n")
    assert read_teams(tmp_path, "support.example").address("line-1") == "a@support.example"


def test_a_team_without_an_id_is_refused_with_the_file_named(tmp_path: Path) -> None:
    (tmp_path / "teams.yaml").write_text("- {email: a@support.example}\n")
    with pytest.raises(ValueError, match=r"teams\.yaml.*id"):
        read_teams(tmp_path, "support.example")


def test_two_spellings_of_an_address_are_one_person() -> None:
    assert person_at("Demo@Support.example ") == person_at("demo@support.example")


def test_who_was_given_a_ticket_is_told_though_it_moved_on_before_it_was_known(listed: Teams) -> None:
    given = fact(TicketAssigned(line=1, team="line-1", by=AGENT, assignee="agent-7"), SUBJECT)
    moved_on = fact(ESCALATED, SUBJECT, version=2)
    (notice,) = notices_of(given, Ticket())
    ticket = observe(observe(known(), given), moved_on)

    assert address_of(notice, ticket, listed) == "demo@support.example"
