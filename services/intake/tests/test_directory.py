"""What may be done to a customer, a contract and a person: decided without any database."""

from datetime import timedelta

import pytest
from tests.ticket_facts import ADA, AGENT, HUBS, NOW

from intake.domain import contracts, customers, persons
from intake.domain.contracts import Contract
from intake.domain.customers import Customer, Entitlement, NotEntitled, choose
from intake.domain.persons import Person
from shared.errors import Conflict, NotFound, Rejected
from shared.events.directory import CustomerEvent
from shared.events.ids import new_id
from shared.events.people import Contact

DAY = timedelta(days=1)
YLVA = Contact(name="Ylva Exempel", email="ylva@acme.example")


def customer(*events: CustomerEvent, **entitlements: Entitlement) -> Customer:
    found = Customer("acme", "Acme", entitlements)
    for event in events:
        found = customers.evolve(found, event)
    return found


def test_a_customer_with_one_contract_in_force_need_not_name_it() -> None:
    ours = customer(hubs=Entitlement(NOW, None), old=Entitlement(NOW - DAY, NOW))
    assert choose(ours, None, NOW) == "hubs"


def test_a_customer_with_several_contracts_in_force_must_name_one() -> None:
    ours = customer(hubs=Entitlement(NOW, None), guld=Entitlement(NOW, None))
    with pytest.raises(NotEntitled, match="Name the contract: one of hubs, guld") as refusal:
        choose(ours, None, NOW)
    assert (refusal.value.code, refusal.value.pointer) == ("contract-required", "/contract")
    assert choose(ours, "guld", NOW) == "guld"


@pytest.mark.parametrize(
    ("entitlement", "code"),
    [
        (Entitlement(NOW + timedelta(microseconds=1), None), "contract-not-begun"),
        (Entitlement(NOW - DAY, NOW), "contract-ended"),
    ],
)
def test_an_entitlement_holds_from_its_first_instant_until_before_its_last(
    entitlement: Entitlement, code: str
) -> None:
    with pytest.raises(NotEntitled) as refusal:
        choose(customer(hubs=entitlement), "hubs", NOW)
    assert refusal.value.code == code
    with pytest.raises(NotEntitled):
        choose(customer(hubs=entitlement), None, NOW)
    assert choose(customer(hubs=Entitlement(NOW, NOW + timedelta(microseconds=1))), "hubs", NOW) == "hubs"


def test_a_contract_that_was_never_granted_is_refused_and_what_is_in_force_is_named() -> None:
    with pytest.raises(NotEntitled, match="in force: hubs") as refusal:
        choose(customer(hubs=Entitlement(NOW, None)), "guld", NOW)
    assert refusal.value.code == "unknown-contract"


def test_an_entitlement_is_granted_anew_and_ended_and_granted_again() -> None:
    ours = customer()
    for granted in (Entitlement(NOW, None), Entitlement(NOW, NOW + DAY)):
        ours = customer(*customers.grant(ours, "hubs", granted, AGENT, NOW), **ours.entitlements)
        assert ours.entitlements["hubs"] == granted
    assert customers.grant(ours, "hubs", granted, AGENT, NOW) == []
    ours = customer(*customers.end(ours, "hubs", None, AGENT, NOW), **ours.entitlements)
    assert ours.entitlements["hubs"].over(NOW)
    with pytest.raises(Conflict):
        customers.end(ours, "hubs", None, AGENT, NOW)
    ours = customer(*customers.grant(ours, "hubs", Entitlement(NOW, None), AGENT, NOW), **ours.entitlements)
    assert ours.in_force(NOW) == ["hubs"]


def test_an_entitlement_does_not_end_before_it_begins_nor_in_the_past() -> None:
    with pytest.raises(Rejected):
        customers.grant(customer(), "hubs", Entitlement(NOW, NOW), AGENT, NOW)
    with pytest.raises(Rejected):
        customers.grant(customer(), "hubs", Entitlement(NOW - 2 * DAY, NOW - DAY), AGENT, NOW)
    with pytest.raises(Rejected):
        customers.end(customer(hubs=Entitlement(NOW, None)), "hubs", NOW - DAY, AGENT, NOW)
    with pytest.raises(NotFound):
        customers.end(customer(), "hubs", None, AGENT, NOW)


def test_a_services_own_manager_is_alerted_before_the_customers() -> None:
    ours = customer(hubs=Entitlement(NOW, None), guld=Entitlement(NOW, None))
    ours = customer(*customers.appoint(ours, YLVA, None, AGENT), **ours.entitlements)
    assert ours.service_manager("hubs") == YLVA
    both = customers.evolve(ours, customers.appoint(ours, ADA, "guld", AGENT)[0])
    assert (both.service_manager("hubs"), both.service_manager("guld")) == (YLVA, ADA)
    gone = customers.evolve(both, customers.withdraw(both, None, AGENT)[0])
    assert (gone.service_manager("hubs"), gone.service_manager("guld")) == (None, ADA)
    with pytest.raises(Conflict):
        customers.withdraw(gone, None, AGENT)
    with pytest.raises(Rejected):
        customers.appoint(ours, ADA, "silver", AGENT)


def test_what_changes_nothing_is_no_event() -> None:
    assert customers.rename(customer(), "Acme", AGENT) == []
    assert contracts.amend(Contract(HUBS, 1), HUBS, AGENT) == []
    ada = Person(new_id(), "u-1", "acme", ADA, "sv")
    assert persons.change(ada, ADA, "sv", AGENT) == []


def test_an_id_exists_once_and_a_removed_person_may_come_back() -> None:
    with pytest.raises(Conflict):
        customers.register(customer(), "acme", "Another", AGENT)
    with pytest.raises(Conflict):
        contracts.draw_up(Contract(HUBS, 1), HUBS, AGENT)
    ada = Person(new_id(), "u-1", "acme", ADA, "sv")
    with pytest.raises(Conflict):
        persons.register(ada, "u-1", "acme", ADA, "sv", AGENT)
    gone = persons.evolve(ada, persons.remove(ada, AGENT)[0])
    assert gone.contact == Contact(name="")
    for act in (lambda: persons.remove(gone, AGENT), lambda: persons.change(gone, ADA, "sv", AGENT)):
        with pytest.raises(NotFound):
            act()
    back = persons.evolve(gone, persons.register(gone, "u-1", "acme", ADA, "sv", AGENT)[0])
    assert (back.contact, back.removed) == (ADA, False)
