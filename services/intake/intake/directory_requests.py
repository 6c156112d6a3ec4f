"""The bodies by which the directory is changed. Unknown fields are refused, and every text is bounded."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from intake.domain.reviewing import LONGEST, REVIEWED, WITHIN
from intake.requests import ReporterBody
from intake.slugs import SLUG, known_zone
from shared.events.ticket import ContractTerms, Priority
from shared.runtime.instants import Instant
from shared.runtime.text import Body, Line

Slug = Annotated[str, StringConstraints(pattern=SLUG)]
ExternalId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:|-]{0,99}$")]
"""What a person is called in the customer's own directory: pseudonymous, so no e-mail address."""
Locale = Literal["sv", "en"]


def _is_zone(name: str) -> str:
    if not known_zone(name):
        raise ValueError("name a time zone such as Europe/Stockholm")
    return name


def _is_iso(value: object) -> object:
    if not isinstance(value, str) or not value.startswith("P"):
        raise ValueError("write an ISO 8601 duration such as P14D")
    return value


Duration = Annotated[timedelta, Field(gt=timedelta(), le=LONGEST), BeforeValidator(_is_iso)]


class NewCustomerBody(Body):
    id: Slug
    name: Line


class NameBody(Body):
    name: Line


class ServiceManagerBody(ReporterBody):
    """Who is alerted; `contract`: for that service only."""

    contract: Slug | None = None


class WithdrawBody(Body):
    contract: Slug | None = None


class EntitlementBody(Body):
    """In force `from` that instant (now) until before `until` (without an end)."""

    contract: Slug
    begins_at: Instant | None = Field(default=None, alias="from")
    until: Instant | None = None


class EndBody(Body):
    """`at`: when it ends; at once without."""

    at: Instant | None = None


class TermsBody(Body):
    """The terms, whole. `policy` names an SLA policy of the sla-engine, `lines` is the last support line;
    closed incidents of `review_priorities` are reviewed within `review_within`, an ISO 8601 duration.
    """

    policy: Slug
    timezone: Annotated[str, StringConstraints(max_length=100), AfterValidator(_is_zone)] = "Europe/Stockholm"
    locale: Locale = "sv"
    lines: Annotated[int, Field(ge=1, le=3, strict=True)] = 3
    escalate_at_once: Annotated[tuple[Priority, ...], Field(max_length=4)] = ()
    alert_service_manager: Annotated[tuple[Priority, ...], Field(max_length=4)] = ()
    priority_is_wish: bool = False
    review_priorities: Annotated[tuple[Priority, ...], Field(max_length=4)] = REVIEWED
    review_within: Duration = WITHIN

    def terms(self, contract: str) -> ContractTerms:
        """As events carry them."""
        return ContractTerms(
            id=contract,
            policy=self.policy,
            timezone=self.timezone,
            locale=self.locale,
            lines=self.lines,
            escalate_at_once=tuple(sorted(set(self.escalate_at_once))),
            alert_service_manager=tuple(sorted(set(self.alert_service_manager))),
            priority_is_wish=self.priority_is_wish,
            review_priorities=tuple(sorted(set(self.review_priorities))),
            review_within=self.review_within,
        )


class NewContractBody(TermsBody):
    id: Slug


class PersonContactBody(ReporterBody):
    locale: Locale = "sv"


class NewPersonBody(PersonContactBody):
    """`customer` follows from a customer's credential; without one it is a person of support."""

    external_id: ExternalId
    customer: Slug | None = None


class NothingBody(Body):
    """No fields; the body may be left out."""
