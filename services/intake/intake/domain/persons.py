"""A person of a customer, or of support, as the own stream tells it, and what may be done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, assert_never
from uuid import UUID

from shared.errors import Conflict, NotFound
from shared.events.directory import PersonChanged, PersonEvent, PersonRegistered, PersonRemoved
from shared.events.envelope import Recorded
from shared.events.people import Actor, Contact

Locale = Literal["sv", "en"]


@dataclass(frozen=True, slots=True)
class Person:
    """`customer` is None for a person of support; `removed`: known no more, and may be registered again."""

    id: UUID
    external_id: str
    customer: str | None
    contact: Contact
    locale: Locale
    removed: bool = False
    version: int = 0


def fold(history: Sequence[Recorded]) -> Person:
    """The person after `history`, which begins with PersonRegistered."""
    first = history[0]
    if not isinstance(first.data, PersonRegistered):
        raise TypeError(f"a person's stream begins with PersonRegistered, not with {first.type}")
    person = Person(first.subject, first.data.external_id, first.data.customer, Contact(name=""), "sv")
    for event in history:
        person = evolve(person, event.data)  # type: ignore[arg-type]
    return replace(person, version=history[-1].version)


def evolve(person: Person, event: PersonEvent) -> Person:
    """The person after one more event."""
    match event:
        case PersonRegistered() | PersonChanged():
            contact = Contact(name=event.name, email=event.email, phone=event.phone)
            return replace(person, contact=contact, locale=event.locale, removed=False)
        case PersonRemoved():
            return replace(person, contact=Contact(name=""), removed=True)
        case _:
            assert_never(event)


def register(
    person: Person | None, external_id: str, customer: str | None, contact: Contact, locale: Locale, by: Actor
) -> list[PersonEvent]:
    """Raises Conflict when the person is known."""
    if person is not None and not person.removed:
        raise Conflict("person-exists", f"The person {external_id!r} is known already; change the contact.")
    return [
        PersonRegistered(
            external_id=external_id,
            customer=customer,
            locale=locale,
            by=by,
            name=contact.name,
            email=contact.email,
            phone=contact.phone,
        )
    ]


def change(person: Person, contact: Contact, locale: Locale, by: Actor) -> list[PersonEvent]:
    """Raises NotFound for a person who was removed. Nothing happens when nothing differs."""
    _require_known(person)
    if (contact, locale) == (person.contact, person.locale):
        return []
    return [
        PersonChanged(
            external_id=person.external_id,
            customer=person.customer,
            locale=locale,
            by=by,
            name=contact.name,
            email=contact.email,
            phone=contact.phone,
        )
    ]


def remove(person: Person, by: Actor) -> list[PersonEvent]:
    """Raises NotFound for a person who was removed already."""
    _require_known(person)
    return [PersonRemoved(external_id=person.external_id, customer=person.customer, by=by)]


def _require_known(person: Person) -> None:
    if person.removed:
        raise NotFound("not-found", "There is no such person.")
