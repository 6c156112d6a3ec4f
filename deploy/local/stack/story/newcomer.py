"""A customer that nobody knew a moment ago: its contract, its entitlement and its first ticket, over HTTP."""

from shared.events.ids import new_id
from stack.console import console
from stack.story.telling import Telling

BO = {"name": "Bo Exempel", "email": "bo.exempel@nordan.example"}
SIV = {"name": "Siv Exempel", "email": "siv.exempel@nordan.example"}


def play(telling: Telling) -> None:
    """Raises Unexpected when it goes otherwise."""
    console.rule("a new customer under a new contract")
    desk = telling.desk
    again = new_id().hex[-8:]  # the story may be played more than once on the same stack
    contract, customer = f"guld-{again}", f"nordan-{again}"
    terms = {"id": contract, "policy": "hubs", "lines": 2, "alert_service_manager": ["P1"]}
    desk.post("intake", "/v1/contracts", "ops", terms | {"escalate_at_once": ["P1"]})
    desk.post("intake", "/v1/customers", "ops", {"id": customer, "name": "Nordan AB"})
    desk.post("intake", f"/v1/customers/{customer}/entitlements", "ops", {"contract": contract})
    desk.post("intake", f"/v1/customers/{customer}/service-manager", "manager", BO)
    telling.shows(
        "nytt avtal", "tjänsteansvarig", "POST intake …/service-manager", "appointed for the customer"
    )
    ticket = telling.open(
        "agent",
        customer=customer,
        channel="phone",
        subject="Första ärendet",
        description="Vi kommer inte in.",
        reporter=SIV,
        priority="P1",
    )
    telling.waits("its clocks run", lambda: telling.is_in(ticket, "response", "running"))
    telling.shows("nytt avtal", "initial respons", "GET projections …", "runs by the policy that it names")
    telling.waits("its service manager is told", lambda: len(desk.mails(ticket)) >= 2)
    telling.shows("nytt avtal", "avisering", "GET notifier /local/mail", f"{len(desk.mails(ticket))} mails")
