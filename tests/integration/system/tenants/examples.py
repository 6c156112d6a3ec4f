"""What the matrix asks with: one line for a route's body or query, one for each thing that a path names.

Values in braces are filled in from the things of one customer (`Things`), so that the same line asks about
one's own and about another's. A route that needs neither body nor query and whose path names known things
needs no line at all: who may call it is read from its own `x-roles`.
"""

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]

BODIES: Mapping[str, Json] = {
    "POST /v1/tickets": {
        "subject": "Tyst växel",
        "description": "Den svarar inte.",
        "customer": "{customer}",
        "contract": "{contract}",
        "reporter": {"name": "Ada Exempel", "email": "ada@acme.example"},
    },
    "POST /v1/tickets/{ticket_id}/comments": {"body": "Ett ord till."},
    "POST /v1/tickets/{ticket_id}/priority": {"priority": "P2"},
    "POST /v1/tickets/{ticket_id}/category": {"category": "defect"},
    "POST /v1/tickets/{ticket_id}/question": {"body": "Sedan när?"},
    "POST /v1/tickets/{ticket_id}/wait": {"for": "supplier", "reference": "L-1"},
    "POST /v1/tickets/{ticket_id}/agreed-date": {"due_at": "{next_month}"},
    "POST /v1/tickets/{ticket_id}/expected": {"expected_at": "{next_month}"},
    "POST /v1/tickets/{ticket_id}/resolve": {"solution": "Omstartad."},
    "POST /v1/tickets/{ticket_id}/reopen": {"reason": "Tyst igen."},
    "POST /v1/tickets/{ticket_id}/contract": {"contract": "{other_contract}"},
    "POST /v1/tickets/{ticket_id}/survey": {"score": 4},
    "POST /v1/tickets/{ticket_id}/merge": {"into": "{other_ticket}"},
    "POST /v1/tickets/{ticket_id}/review": {"due_at": "{next_month}"},
    "POST /v1/tickets/{ticket_id}/review-complete": {"root_cause": "Full disk."},
    "POST /v1/tickets/{ticket_id}/split": {"subject": "Resten", "description": "För sig."},
    "POST /v1/deadlines/preview": {
        "contract": "{contract}",
        "priority": "P2",
        "registered_at": "2026-04-02T13:00:00Z",
    },
    "POST /v1/calendars/{contract}/deviations": {"date": "2044-02-03", "intervals": [], "reason": "Flytt"},
    "POST /v1/calendars/{contract}/deviations/preview": {
        "date": "2044-02-04",
        "intervals": [],
        "reason": "Flytt",
    },
    "POST /v1/tickets/{ticket_id}/escalate": {"reason": "Kräver mer."},
    "POST /v1/tickets/{ticket_id}/return": {"reason": "Klart här."},
}
"""By method and path."""

QUERIES: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "GET /v1/calendars/{contract}": ({"year": "2026"},),
    "GET intake /v1/tickets": ({"external_ref": "{external_ref}"},),
    "GET projections /v1/tickets": ({"customer": "{customer}", "limit": "200"}, {"limit": "200"}),
    "GET /v1/notifications": ({"ticket": "{ticket}"}, {"limit": "500"}),
    "GET /v1/reports/sla": ({"customer": "{customer}", "group_by": "customer"}, {"group_by": "customer"}),
    "GET /v1/events": ({"subject": "{ticket}"},),
}
"""By method and path, with the service between them where two services have the same path; the route is asked
with each of them in turn."""

TENANTS_OWN = frozenset(("ticket_id", "ticket", "customer"))
"""Path parameters whose value belongs to one customer: another's answers 404."""

SHARED = frozenset(("contract", "alert_id"))
"""Path parameters whose value is no customer's own. Contract templates are published to everybody; alerts are
support's own, and only support may name one."""

OTHERWISE: Mapping[str, int] = {
    "POST /v1/tickets": 422,
    "GET /v1/notifications": 404,
}
"""What a customer is answered who names another in the body or the query, where it is not 200 with nothing of
the other in it."""

BY_RULE: Mapping[str, int] = {"POST /v1/tickets/{ticket_id}/contract": 422}
"""What one who may call a route is answered where a rule stands against it: acme has one contract only."""

OPEN = frozenset(("GET /local/mail",))
"""Routes without a credential: only the caught mail of a machine of one's own."""

_URGENT_AND_CLOSED = ("POST /v1/tickets/{ticket_id}/priority", "POST /v1/tickets/{ticket_id}/close")

BEFORE: Mapping[str, tuple[str, ...]] = {
    "POST /v1/tickets/{ticket_id}/review": _URGENT_AND_CLOSED,
    "POST /v1/tickets/{ticket_id}/review-complete": _URGENT_AND_CLOSED,
    "POST /v1/tickets/{ticket_id}/reopen": ("POST /v1/tickets/{ticket_id}/resolve",),
    "POST /v1/tickets/{ticket_id}/survey": ("POST /v1/tickets/{ticket_id}/close",),
    "POST /v1/tickets/{ticket_id}/return": ("POST /v1/tickets/{ticket_id}/escalate",),
}
"""What an agent does first, so that the route can succeed at all."""

STREAMS = frozenset(("GET /v1/stream",))
"""Routes that do not end; they are read until the caller's own change has come."""

ELSEWHERE: Mapping[tuple[str, str], str] = {
    ("intake", "/v1/customers"): "services/intake/tests/test_directory_tenants.py",
    ("intake", "/v1/contracts"): "services/intake/tests/test_directory_tenants.py",
    ("intake", "/v1/people"): "services/intake/tests/test_directory_tenants.py",
    ("notifier", "/v1/webhooks"): "services/notifier/tests/test_webhook_acts.py",
}
"""Routes, by service and the beginning of their path, that change what the others here rest on (who is whose
customer, under which contract) or need things of their own; the tests named ask them, each layer alone."""
