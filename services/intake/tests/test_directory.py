"""Contracts as their seed file has them: when reviews are due is checked on start, not at a closing."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import UNSET

from intake.directory import Directory, read_directory

CUSTOMERS = "- {id: acme, name: Acme, contracts: [hubs], service_manager: {name: Ylva Exempel}}\n"
HUBS = "- {id: hubs, policy: hubs, timezone: Europe/Stockholm, locale: sv, lines: 2%s}\n"


def read(folder: Path, more: str = "") -> Directory:
    (folder / "customers.yaml").write_text(CUSTOMERS)
    (folder / "contracts.yaml").write_text(HUBS % more)
    return read_directory(folder)


def test_a_contract_that_says_nothing_of_reviews_leaves_it_to_the_product(tmp_path: Path) -> None:
    (terms,) = read(tmp_path).contracts
    assert terms.review_priorities is terms.review_within is UNSET


@pytest.mark.parametrize(("text", "within"), [("P14D", timedelta(days=14)), ("PT20S", timedelta(seconds=20))])
def test_a_reviews_time_is_a_duration(tmp_path: Path, text: str, within: timedelta) -> None:
    (terms,) = read(tmp_path, f", review_within: {text}, review_priorities: [P1]").contracts
    assert (terms.review_within, terms.review_priorities) == (within, ("P1",))


@pytest.mark.parametrize("text", ["PT0S", "-P1D", "P4000D", "14 days", "14", "P1M"])
def test_one_that_is_none_is_refused_with_its_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"review_within"):
        read(tmp_path, f", review_within: {text}")


def test_the_service_manager_is_the_one_of_today_and_nobody_of_an_unknown_customer(tmp_path: Path) -> None:
    directory = read(tmp_path)
    manager = directory.service_manager("acme")
    assert manager is not None and manager.name == "Ylva Exempel"
    assert directory.service_manager("gone") is None
