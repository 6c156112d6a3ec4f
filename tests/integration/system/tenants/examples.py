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
    "POST /v1/customers": {"id": "beside-{customer}", "name": "Nordan AB"},
    "POST /v1/customers/{customer}/name": {"name": "{customer_name}"},
    "POST /v1/customers/{customer}/service-manager": {
        "name": "{internal}",
        "phone": "+46 8 000 00 00",
        "contract": "{spare}",
    },
    "POST /v1/customers/{customer}/service-manager/withdraw": {"contract": "{spare}"},
    "POST /v1/customers/{customer}/entitlements": {"contract": "{spare}", "from": "2090-01-01T00:00:00Z"},
    "POST /v1/contracts": {"id": "beside-{customer}", "policy": "hubs"},
    "POST /v1/contracts/{contract}/terms": {"policy": "hubs", "lines": 3},
    "POST /v1/people": {
        "external_id": "beside",
        "name": "{word}",
        "phone": "+46 8 000 00 00",
        "customer": "{customer}",
    },
    "POST /v1/people/{person}/contact": {"name": "{word}", "phone": "+46 8 000 00 01"},
    "POST /v1/webhooks": {
        "url": "{receiver}/beside",
        "types": ["TicketResolved.v1"],
        "customer": "{customer}",
    },
}
"""By method and path."""

QUERIES: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "GET /v1/calendars/{contract}": ({"year": "2026"},),
    "GET intake /v1/tickets": ({"external_ref": "{external_ref}"},),
    "GET projections /v1/tickets": ({"customer": "{customer}", "limit": "200"}, {"limit": "200"}),
    "GET /v1/notifications": ({"ticket": "{ticket}"}, {"limit": "500"}),
    "GET /v1/reports/sla": ({"customer": "{customer}", "group_by": "customer"}, {"group_by": "customer"}),
    "GET /v1/events": ({"subject": "{ticket}"},),
    "GET /v1/people": ({"customer": "{customer}", "limit": "500"}, {"limit": "500"}),
}
"""By method and path, with the service between them where two services have the same path; the route is asked
with each of them in turn."""

TENANTS_OWN = frozenset(("ticket_id", "ticket", "customer", "person", "webhook_id", "delivery_id"))
"""Path parameters whose value belongs to one customer: another's answers 404."""

SHARED = frozenset(("contract", "alert_id"))
"""Path parameters whose value is no customer's own. Contract templates are published to everybody; alerts are
support's own, and only support may name one."""

OTHERWISE: Mapping[str, int] = {
    "POST /v1/tickets": 422,
    "POST /v1/people": 422,
    "POST /v1/webhooks": 422,
    "GET /v1/notifications": 404,
}
"""What a customer is answered who names another in the body or the query, where it is not 200 with nothing of
the other in it."""

BY_RULE: Mapping[str, int] = {"POST /v1/tickets/{ticket_id}/contract": 422}
"""What one who may call a route is answered where a rule stands against it: acme has one contract only."""

OWN_SIDE = frozenset(("POST /v1/webhooks/{webhook_id}/rotate",))
"""Routes that ours may call for what is ours, and are answered 403 for a customer's: they show its secret."""

ON_SPARE = frozenset(
    (
        "POST /v1/contracts/{contract}/terms",
        "POST /v1/customers/{customer}/entitlements/{contract}/end",
    )
)
"""Routes that change the contract that their path names, or whose it is: they get a spare one."""

USES_UP = frozenset(("POST /v1/people/{person}/remove",))
"""Routes after which what their path names is there for nobody: each cell gets a person of its own, since 404
would say nothing of who asked.
"""

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

NO_WALL: Mapping[str, str] = {
    "intake POST /v1/tickets": "whose it will be follows from the credential, without a look at any row",
    "intake POST /v1/people": "the same",
    "notifier POST /v1/webhooks": "the same",
    "sla_engine GET /v1/calendars/{contract}": "published to everybody",
    "sla_engine POST /v1/deadlines/preview": "computed from what everybody may read",
}
"""Routes open to customers between whom and another's things no wall stands, and why none is needed."""
