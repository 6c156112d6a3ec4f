"""Contracts as their seed file has them: when reviews are due is checked on start, not at a closing."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import UNSET
from pydantic import ValidationError

from intake.directory_requests import TermsBody
from intake.seeds import Seeds, read_seeds

CUSTOMERS = "- {id: acme, name: Acme, contracts: [hubs], service_manager: {name: Ylva Exempel}}\n"
HUBS = "- {id: hubs, policy: hubs, timezone: Europe/Stockholm, locale: sv, lines: 2%s}\n"


def read(folder: Path, more: str = "") -> Seeds:
    (folder / "customers.yaml").write_text(CUSTOMERS)
    (folder / "contracts.yaml").write_text(HUBS % more)
    return read_seeds(folder)


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


@pytest.mark.parametrize("within", [14, "14 days", "PT0S", "-P1D", "P4000D", None])
def test_over_http_a_reviews_time_is_an_iso_duration_too(within: object) -> None:
    with pytest.raises(ValidationError, match="review_within"):
        TermsBody.model_validate({"policy": "hubs", "review_within": within})
    found = TermsBody.model_validate({"policy": "hubs", "review_within": "P3D", "review_priorities": ["P1"]})
    terms = found.terms("guld")
    assert (terms.review_within, terms.review_priorities) == (timedelta(days=3), ("P1",))
