"""What a mail looks like, in both languages, whatever people put into it."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.notifier_facts import (
    AGENT,
    ALERTED,
    BREACHED,
    CLIENT,
    DEMO,
    ESCALATED,
    HUBS,
    START,
    comment,
    opened,
    row,
)

from notifier.claims import Claimed
from notifier.message import BadAddress, Letterhead, compose_message, deliverable
from shared.events.envelope import Event
from shared.events.people import Contact
from shared.events.sla import DeadlineWarned
from shared.events.ticket import ContractTerms, TicketClosed, TicketResolved

LETTERHEAD = Letterhead("support@stafett.example", "http://127.0.0.1:8000")
TRACE = "0af7651916cd43dd8448eb211c80319c"
WARNED = DeadlineWarned(deadline_id="d1", kind="resolution", reason="fraction", warn_at=START, due_at=START)


def sent(of: Claimed) -> EmailMessage:
    """The mail as its recipient parses it."""
    mail = message_from_bytes(compose_message(of, LETTERHEAD, TRACE).as_bytes(), policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_the_confirmation_has_the_ticket_number_in_subject_and_body() -> None:
    mail = sent(row(opened()))

    assert mail["Subject"] == "[2026-000123] Vi har tagit emot ditt ärende: Kan inte logga in"
    assert "ärendenummer 2026-000123" in body(mail, "plain")
    assert "ärendenummer 2026-000123" in body(mail, "html")
    assert "Hej Åsa Öst!" in body(mail, "plain")


def test_a_subject_that_looks_like_an_encoded_word_is_only_text() -> None:
    for subject in ("=?\ufeffutf-8*sv?b?" + "x" * 80 + ":?=", "=?utf-8?q?h=41?="):
        mail = sent(row(opened(subject=subject)))
        assert mail["Subject"].endswith(subject.replace("=?", "= ?").strip()[-20:])


def test_the_headers_say_who_when_and_what_about() -> None:
    of = row(opened())
    mail = sent(of)

    assert mail["From"] == "Stafett <support@stafett.example>"
    assert mail["To"] == "asa.ost@acme.example"
    assert parsedate_to_datetime(mail["Date"]) == of.event_time
    assert mail["Message-ID"] == f"<{of.id}@stafett.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Stafett-Ticket"] == str(of.ticket_id)
    assert mail["X-Stafett-Trace-Id"] == TRACE
    assert mail["In-Reply-To"] is None


def test_a_mail_is_pure_ascii_on_the_wire() -> None:
    assert compose_message(row(opened(subject="Åäö €")), LETTERHEAD, TRACE).as_bytes().isascii()


def test_later_mails_answer_the_confirmation_so_that_threads_hold() -> None:
    update = row(comment("Hej"))
    mail = sent(update)

    assert mail["In-Reply-To"] == mail["References"]
    assert mail["In-Reply-To"] != mail["Message-ID"]


def test_the_same_row_makes_the_same_message_id_again() -> None:
    of = row(opened())

    assert sent(of)["Message-ID"] == sent(of)["Message-ID"]


@pytest.mark.parametrize("contract", [HUBS, DEMO])
@pytest.mark.parametrize(
    "event",
    [
        comment("Hej"),
        comment("Nu igen", by=CLIENT),
        TicketResolved(by=AGENT, solution="Starta om", workaround=True),
        TicketResolved(by=AGENT, solution="Starta om"),
        TicketClosed(by=AGENT, resolved=True),
        ESCALATED,
        ALERTED,
        BREACHED,
        WARNED,
    ],
)
def test_every_notice_has_its_words_in_the_contracts_language(event: Event, contract: ContractTerms) -> None:
    mail = sent(row(event, opened(contract=contract)))

    assert mail["Subject"].startswith("[2026-000123] ")
    assert mail["Content-Language"] == contract.locale
    for kind in ("plain", "html"):
        assert ("Ärende 2026-000123" if contract is HUBS else "Ticket 2026-000123") in body(
            mail, kind
        ).replace("</a>", "")
    assert mail.get_content_type() == "multipart/alternative"


def test_a_passed_soft_target_is_told_apart_from_a_deadline_that_is_near() -> None:
    soft = msgspec.structs.replace(WARNED, reason="soft")
    subjects = {str(sent(row(event, opened(contract=HUBS)))["Subject"]) for event in (WARNED, soft)}
    assert len(subjects) == 2


def test_instants_are_told_on_the_contracts_own_clock() -> None:
    assert "2026-03-02 09:00" in body(sent(row(BREACHED)), "plain")


def test_what_people_wrote_is_escaped_in_the_html_and_kept_in_the_text() -> None:
    mail = sent(row(comment("<script>alert(1)</script>\n\n& mer"), opened(subject="<b>fet</b>")))

    assert "<script>" not in body(mail, "html")
    assert "<b>fet" not in body(mail, "html")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br><br>&amp; mer" in body(mail, "html")
    assert "> <script>alert(1)</script>\n>\n> & mer" in body(mail, "plain")


@given(st.text(max_size=300))
def test_nothing_that_people_write_can_add_a_header(text: str) -> None:
    smuggled = f"Hej\r\nBcc: all@acme.example\n{text}\r\n\r\nbrödtext"
    mail = sent(row(opened(subject=smuggled, reporter=Contact(name=smuggled, email="a@acme.example"))))

    assert mail["Bcc"] is None
    expected = "From To Subject Date Message-ID Auto-Submitted X-Auto-Response-Suppress Content-Language"
    extra = "X-Stafett-Ticket X-Stafett-Trace-Id MIME-Version Content-Type"
    assert sorted(mail.keys()) == sorted(f"{expected} {extra}".split())


def test_a_domain_with_letters_beyond_ascii_is_written_to_as_mail_servers_know_it() -> None:
    mail = compose_message(row(opened(), address="ada@växjö.se"), LETTERHEAD, TRACE)
    assert mail["To"] == deliverable("ada@växjö.se") == "ada@xn--vxj-qla6g.se"


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@b\r\nBcc: c@d", "a@b,c@d", "a b@c.example", "<a@b>", '"a"@b', "å@acme.example", "a@"],
)
def test_what_is_no_plain_address_is_never_written_to(address: str) -> None:
    with pytest.raises(BadAddress):
        compose_message(row(opened(), address=address), LETTERHEAD, TRACE)
