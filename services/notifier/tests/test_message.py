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
    postbox,
    row,
)
from tests.notifier_facts import mail as mail_of

from notifier.claims import Claimed
from notifier.message import BadAddress, deliverable
from shared.events.envelope import Event
from shared.events.people import Contact
from shared.events.sla import DeadlineWarned
from shared.events.ticket import ContractTerms, TicketClosed, TicketResolved

TRACE = "0af7651916cd43dd8448eb211c80319c"
WARNED = DeadlineWarned(deadline_id="d1", kind="resolution", reason="fraction", warn_at=START, due_at=START)


def sent(*of: Claimed) -> EmailMessage:
    """The mail as its recipient parses it."""
    got = message_from_bytes(postbox().compose(mail_of(*of), TRACE).as_bytes(), policy=default)
    assert isinstance(got, EmailMessage)
    return got


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
    assert mail["Reply-To"] == "support@stafett.example"
    assert parsedate_to_datetime(mail["Date"]) == of.event_time
    assert mail["Message-ID"] == f"<{of.id}@stafett.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["X-Stafett-Ticket"] == str(of.ticket_id)
    assert mail["X-Stafett-Trace-Id"] == TRACE
    assert mail["In-Reply-To"] is None


def test_a_mail_is_pure_ascii_on_the_wire() -> None:
    assert postbox().compose(mail_of(row(opened(subject="Åäö €"))), TRACE).as_bytes().isascii()


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


def test_instants_are_told_on_the_contracts_own_clock_which_is_named() -> None:
    assert "2026-03-02 kl. 09:00 svensk tid (CET)" in body(sent(row(BREACHED)), "plain")
    assert "2026-03-02 09:00 CET (Stockholm)" in body(sent(row(BREACHED, opened(contract=DEMO))), "plain")
    finnish = msgspec.structs.replace(HUBS, timezone="Europe/Helsinki")
    assert "2026-03-02 kl. 10:00 (EET, Helsinki)" in body(
        sent(row(BREACHED, opened(contract=finnish))), "plain"
    )
    summer = msgspec.structs.replace(BREACHED, due_at=START.replace(month=7))
    assert "2026-07-02 kl. 10:00 svensk tid (CEST)" in body(sent(row(summer)), "plain")


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
    expected = (
        "From To Reply-To Subject Date Message-ID Auto-Submitted X-Auto-Response-Suppress Content-Language"
    )
    extra = "X-Stafett-Ticket X-Stafett-Trace-Id MIME-Version Content-Type"
    assert sorted(mail.keys()) == sorted(f"{expected} {extra}".split())


def test_a_domain_with_letters_beyond_ascii_is_written_to_as_mail_servers_know_it() -> None:
    mail = postbox().compose(mail_of(row(opened(), address="ada@växjö.se")), TRACE)
    assert mail["To"] == deliverable("ada@växjö.se") == "ada@xn--vxj-qla6g.se"


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@b\r\nBcc: c@d", "a@b,c@d", "a b@c.example", "<a@b>", '"a"@b', "å@acme.example", "a@"],
)
def test_what_is_no_plain_address_is_never_written_to(address: str) -> None:
    with pytest.raises(BadAddress):
        postbox().compose(mail_of(row(opened(), address=address)), TRACE)


def test_the_html_names_its_language_and_has_a_heading_and_a_table_of_facts() -> None:
    for contract, language, heading in (
        (HUBS, "sv", "Ditt ärende är avslutat"),
        (DEMO, "en", "Your ticket is closed"),
    ):
        html = body(sent(row(TicketClosed(by=AGENT, resolved=True), opened(contract=contract))), "html")
        assert f'<html lang="{language}">' in html
        assert f">{heading}</h1>" in html
        assert '<th scope="row">' in html
        assert "2026-000123" in html


def test_the_customer_is_told_how_to_reopen_ask_for_closure_and_answer_the_survey() -> None:
    solved = row(TicketResolved(by=AGENT, solution="Starta om"))
    link = f"http://127.0.0.1:8000/tickets/{solved.ticket_id}"
    assert {f"{link}#reopen", f"{link}#close-request"} <= set(body(sent(solved), "plain").split())
    closed = row(TicketClosed(by=AGENT, resolved=True))
    assert f"http://127.0.0.1:8000/tickets/{closed.ticket_id}#survey" in body(sent(closed), "plain")


def test_several_notices_in_one_mail_are_each_told_under_a_heading_of_their_own() -> None:
    first = row(comment("Första beskedet"))
    second = row(comment("Andra beskedet"))._replace(carrier=first.id)
    both = sent(first, second)

    assert both["Subject"] == "[2026-000123] 2 nyheter i ditt ärende: Kan inte logga in"
    assert both["Message-ID"] == f"<{first.id}@stafett.example>"
    for kind in ("plain", "html"):
        assert "Första beskedet" in body(both, kind)
        assert "Andra beskedet" in body(both, kind)
    assert body(both, "html").count("<h2") == 2
