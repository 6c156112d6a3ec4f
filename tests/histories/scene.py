"""Where histories play: the seeds that every local system has, and people who do not exist."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec
import yaml

from escalation.adapters.teams_file import read_teams as read_lines
from notifier.adapters.teams import read_teams as read_addresses
from shared.events.people import Actor, Contact
from shared.events.ticket import ContractTerms
from sla_engine.adapters import policies
from sla_engine.adapters.tzdata import pin
from sla_engine.agreements import Agreements

SEEDS = Path(__file__).parents[2] / "seeds" / "local"
START = datetime(2026, 3, 23, tzinfo=UTC)
"""A Monday; within the fortnight lie two nights' worth of weekends, a change to summer time, and Easter."""

CONTRACTS = tuple(
    msgspec.convert(entry, ContractTerms) for entry in yaml.safe_load((SEEDS / "contracts.yaml").read_text())
)
LINES = read_lines(SEEDS)
ADDRESSES = read_addresses(SEEDS, "support.example")
AGREEMENTS = Agreements(policies.load_bundled(), {each.id: each.policy for each in CONTRACTS}, pin())

OTHER = UUID("01900000-0000-7000-8000-0000000000ff")
CUSTOMER = Actor(id="acme-1", party="customer", role="client")
AGENTS = tuple(Actor(id=name, party="support", role="agent") for name in ("asa", "bo", "lin"))
MANAGER = Actor(id="manager-1", party="support", role="manager")
ADA = Contact(name="Ada Exempel", email="ada@acme.example")
YLVA = Contact(name="Ylva Exempel", email="ylva@support.example")
BO = Contact(name="Bo Exempel", email="bo@support.example")
SERVICE_MANAGERS = (YLVA, BO)
