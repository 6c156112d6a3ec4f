"""The tables of docs/: who may call what, and what may happen to a ticket in which status.

Written from the OpenAPI documents and from intake's own decisions, so that they cannot say anything else.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from intake.domain.ticket import Status
from intake.domain.transitions import POSSIBLE
from shared.runtime.auth import ALL_ROLES

_INTRODUCTION = "<!-- Written by `make docs`; change the code instead. -->\n\n"
_ROLES = """# Who may call what

A customer's roles (client, customer_user, customer_admin) reach their own customer's tickets only: another's
id answers 404. What is internal to support is left out of their answers.

"""
_TICKETS = """# What may be done to a ticket, and when

The commands of intake, and the statuses in which each is possible; in any other it is answered with 409, and
the problem says what to do instead. A ticket is `new` until support first acts. Nothing closes by itself.

"""


def role_matrix(documents: Mapping[str, Mapping[str, Any]]) -> str:
    """The Markdown of every service's routes × roles; a route that is for everybody known has every mark."""
    text = _INTRODUCTION + _ROLES
    for service, document in documents.items():
        rows = [
            [f"`{method.upper()} {path}`", *("●" if role in roles else "" for role in ALL_ROLES)]
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
            if (roles := operation.get("x-roles"))
        ]
        text += f"## {service}\n\n" + _table(["route", *ALL_ROLES], rows) + "\n"
    return text


def status_table() -> str:
    """The Markdown of intake's commands × statuses."""
    statuses: tuple[Status, ...] = get_args(Status)
    rows = [
        [command.__name__, *("●" if status in possible.statuses else "" for status in statuses)]
        for command, possible in POSSIBLE.items()
    ]
    return _INTRODUCTION + _TICKETS + _table(["command", *statuses], rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *(":-:" for _ in head[1:])], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
