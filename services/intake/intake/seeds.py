"""What an installation begins with: customers and contracts from files, registered where unknown.

The files say what there is the first time only. What has been registered, from a file or over HTTP, is never
touched from here again, whatever has become of it since.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml
from msgspec import UNSET

from intake.domain import contracts, customers
from intake.domain.customers import Customer, Entitlement
from intake.domain.reviewing import LONGEST as LONGEST_REVIEW
from intake.registry import CONTRACT, CUSTOMER, Change, Registry
from intake.slugs import SLUG, is_slug, known_zone
from shared.errors import Conflict
from shared.events.directory import CustomerEvent
from shared.events.people import SYSTEM, Contact
from shared.events.ticket import ContractTerms
from shared.eventstore.database import ALL_TENANTS

Slug = Annotated[str, msgspec.Meta(pattern=SLUG)]


class SeedCustomer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A customer, the contracts in force for it, and the service manager who is alerted for it."""

    id: Slug
    name: str
    contracts: Annotated[tuple[Slug, ...], msgspec.Meta(min_length=1)]
    service_manager: Contact | None = None


class Seeds(msgspec.Struct, frozen=True, kw_only=True):
    """What the files name."""

    customers: tuple[SeedCustomer, ...] = ()
    contracts: tuple[ContractTerms, ...] = ()


def read_seeds(folder: Path) -> Seeds:
    """Read `customers.yaml` and `contracts.yaml` of `folder`, where they are.

    Raises ValueError, naming the file and the field, for what is to be mended.
    """
    content: dict[str, Any] = {}
    for name in ("customers", "contracts"):
        path = folder / f"{name}.yaml"
        if path.exists():
            try:
                content[name] = yaml.safe_load(path.read_text(encoding="utf-8")) or ()
            except (yaml.YAMLError, UnicodeDecodeError) as error:
                raise ValueError(f"{path}: {error}") from error
    try:
        seeds = msgspec.convert(content, Seeds)
    except msgspec.ValidationError as error:
        raise ValueError(f"{folder}: {error}") from error
    _check(seeds)
    return seeds


async def register(registry: Registry, seeds: Seeds) -> None:
    """Register what is not known yet. Several instances may do so at once: each thing is there once.

    Raises Transient.
    """
    for terms in seeds.contracts:
        await _once(registry, _contract(terms))
    for customer in seeds.customers:
        await _once(registry, _customer(customer))


async def _once(registry: Registry, change: Change[Any]) -> None:
    try:
        await registry.change(change)
    except Conflict:
        return  # it is known: from before, or from another instance that is starting beside this one


def _contract(terms: ContractTerms) -> Change[contracts.Contract]:
    return Change(
        CONTRACT,
        CONTRACT.stream(terms.id),
        ALL_TENANTS,
        lambda known, _: contracts.draw_up(known, terms, SYSTEM),
        owner=ALL_TENANTS,
    )


def _customer(seed: SeedCustomer) -> Change[Customer]:
    def decide(known: Customer | None, now: datetime) -> Sequence[CustomerEvent]:
        events: list[CustomerEvent] = [*customers.register(known, seed.id, seed.name, SYSTEM)]
        customer = Customer(seed.id, seed.name)
        for contract in seed.contracts:
            events += customers.grant(customer, contract, Entitlement(now, None), SYSTEM, now)
        if seed.service_manager is not None:
            events += customers.appoint(customer, seed.service_manager, None, SYSTEM)
        return events

    return Change(CUSTOMER, CUSTOMER.stream(seed.id), ALL_TENANTS, decide, owner=seed.id)


def _check(seeds: Seeds) -> None:
    for terms in seeds.contracts:
        if not (is_slug(terms.id) and is_slug(terms.policy)):
            raise ValueError(
                f"contracts.yaml: {terms.id}: id and policy are small letters, digits and hyphens"
            )
        if not known_zone(terms.timezone):
            raise ValueError(f"contracts.yaml: {terms.id} names no time zone: {terms.timezone!r}")
        if terms.review_within is not UNSET and not timedelta() < terms.review_within <= LONGEST_REVIEW:
            raise ValueError(f"contracts.yaml: {terms.id}: review_within is not between 0 and ten years")
    known = {terms.id for terms in seeds.contracts}
    for customer in seeds.customers:
        if missing := sorted(set(customer.contracts) - known):
            raise ValueError(f"customers.yaml: {customer.id} names no known contract: {', '.join(missing)}")
    for kind, ids in (
        ("contracts", [terms.id for terms in seeds.contracts]),
        ("customers", [customer.id for customer in seeds.customers]),
    ):
        if twice := sorted({each for each in ids if ids.count(each) > 1}):
            raise ValueError(f"{kind}.yaml: {', '.join(twice)} stand there more than once")
