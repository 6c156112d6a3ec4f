"""Every rule has a planted bug, and every bug still finds the place in the product where it is put."""

import subprocess
import sys

import pytest

from faults.checker import RULES
from faults.plants import PLANTS
from faults.scenarios import SCENARIOS


def test_every_rule_has_a_planted_bug() -> None:
    unproven = RULES.keys() - {plant.caught_by for plant in PLANTS.values()}
    assert not unproven


def test_every_bug_is_played_in_a_scenario_that_there_is() -> None:
    assert {plant.scenario for plant in PLANTS.values()} <= SCENARIOS.keys()


@pytest.mark.parametrize("service", sorted({plant.service for plant in PLANTS.values()}))
def test_bugs_can_be_planted(service: str) -> None:
    """In a process of its own: planting changes the product's classes for good."""
    names = [name for name, plant in PLANTS.items() if plant.service == service]
    program = f"from faults.plants import PLANTS\nfor name in {names}: PLANTS[name].plant()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
