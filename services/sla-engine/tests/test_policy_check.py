"""A service manager writes a policy file, asks whether it is sound, and is told everything at once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import sla_engine
from sla_engine.policy.__main__ import app
from sla_engine.policy.checking import check
from sla_engine.policy.reading import LARGEST
from sla_engine.policy.schema import schema, text

BUNDLED = sorted((Path(sla_engine.__file__).parent / "policies").glob("*.yaml"))
HUBS = next(file for file in BUNDLED if file.stem == "hubs").read_text()
PUBLISHED = Path(__file__).parents[3] / "docs" / "policy.schema.json"

SPOILT = """\
name: Hubs Gold
version: 2026-01-01
lines: two
default_prioriti: P3
warn_percent: 100
calendar:
  version: c-1
  zone: Europe/Stokholm
  weekdays: [mon, tue, mon, lör]
  hours: ["08:00-12:00", "11:00-17:00", "19:00-24:30"]
  short_hours: ["8:00-9:00", 17]
  bridge_days: sometimes
  zone: UTC
  red_days: true
targets:
  P0: {}
  P2:
    respons: {within: 1 day, commitment: promise}
    resolution: {soft: 9 support hours, within: 8 elapsed hours, commitment: maybe}
    work_started: {commitment: aim}
  P3: ~
pauses: [line_limit]
"""


def told(content: str) -> list[str]:
    return [str(fault) for fault in check(content.encode()).faults]


def test_every_fault_is_told_at_once_with_its_place_and_what_to_write() -> None:
    assert told(SPOILT) == [
        "1:7: `name`: `Hubs Gold` is no name; letters, digits and dashes, at most 63, such as `hubs-1`",
        "2:10: `version` is a date; write text, as in `'2026-01-01'`",
        "3:8: `lines` is text; write a whole number",
        "4:1: there is no `default_prioriti` in a policy; did you mean `default_priority`?",
        "5:15: `warn_percent`: 100 is out of range; 1 to 99",
        "8:9: `zone`: there is no time zone `Europe/Stokholm`; did you mean `Europe/Stockholm`?",
        "9:24: an entry of `weekdays`: `mon` stands here a second time; keep one of them",
        "9:29: an entry of `weekdays`: `lör` is not known here; one of fri, mon, sat, sun, thu, tue, wed",
        "10:3: `11:00-17:00` begins before `08:00-12:00` ends; opening hours in order, apart from each other",
        "10:41: an entry of `hours`: no clock shows 24:30; 00:00 to 23:59, or 24:00 for the end of the day",
        "11:17: an entry of `short_hours`: `8:00-9:00` is not written in full; write `08:00-09:00`",
        "11:30: an entry of `short_hours` is a number; write text, as in `'17'`",
        "12:16: `bridge_days`: `sometimes` is not known here; one of closed, open",
        "13:3: `zone` stands here a second time; the first is in line 8; keep one of them",
        "14:13: `red_days` is true or false; write text: finland, none, sweden",
        "16:3: there is no `P0` in `targets`; one of always, untriaged, P1, P2, P3, P4",
        "18:5: there is no `respons` in `targets.P2`; did you mean `response`?",
        "18:23: `within`: `1 day` is no duration; write as in `4 support hours`, `8 elapsed hours`, "
        "`2 working days`, `1 next open day`, `same day`",
        "19:18: `soft: 9 support hours` is never before `within: 8 elapsed hours`; a shorter time, or leave "
        "`soft` out",
        "19:78: `commitment`: `maybe` is not known here; one of aim, promise",
        "20:5: `within` is missing in `targets.P2.work_started`; such as `within: 4 support hours`",
        "21:7: `P3` is empty; write keys with values",
    ]


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ("lines: 2\n", "lines: 2\n\tname: x\n", "a tab"),
        ("lines: 2", "lines: &all 2\nwarn_percent: *all", "refers to another part"),
        ("lines: 2", "lines: !!python/object:os.system 2", "tagged"),
        ("lines: 2", "lines: 0", "1 to 9"),
        ("lines: 2", "lines: true", "is true or false"),
        ("lines: 2", "lines: 1", "no line to move to"),
        ("lines: 2", "lines: 2\n? [a]\n: b", "no key"),
        ("lines: 2\n", "", "`lines` is missing"),
        ("name: hubs", "name: [", "no YAML"),
        ("name: hubs", "name: hubs\n--- ", "expected a single document"),
        ("name: hubs", "name: \x07", "does not allow"),
        ('["08:00-17:00"]', "[]", "is empty"),
        ('"08:00-17:00"', '"18:00-08:00"', "does not begin before it ends"),
        ('"08:00-17:00"', '"08:61-17:00"', "no clock shows 08:61"),
        ("zone: Europe/Stockholm", "zone: localtime", "no time zone"),
        ("zone: Europe/Stockholm", "zone: Stockholm", "did you mean `Europe/Stockholm`"),
        ("red_days: sweden", "red_days: sweden\n  bridge_days: closd", "did you mean `closed`"),
        ("red_days: sweden", "red_days: none", "no eves where no day is red"),
        ("red_days: sweden", "red_days: none\n  bridge_days: closed", "no bridge days"),
        ("red_days: sweden", 'red_days: none\n  short_hours: ["08:00-12:00"]', "no day is short"),
        ("red_days: sweden", "red_days: swedn", "did you mean `sweden`"),
        ("  red_days: sweden\n", "", "`red_days` is missing"),
        ("soft: 1 working day", "soft: 3 working days", "never before"),
        ("soft: 1 working day", "soft: 2 working days", "never before"),
        ("within: same day", "within: same day, soft: 1 working day", "never before"),
        ("within: 8 elapsed hours", "within: 9000 elapsed hours", "longer than"),
        ("within: 5 working days", "within: 999 working days", "longer than"),
        ("pauses: [resolution", "pauses: [review", "`review` is not known"),
        ("pauses: [resolution", "pauses: [customer_update", "stand still and be dropped"),
        ("suspends: [", "suspends: [resolution, ", "cannot stand still and be dropped"),
        ("pauses: [resolution", "pauses: [resolution, triage, triage", "second time"),
        ("work_is_a_response: [P1]", "work_is_a_response: [p1]", "did you mean `P1`"),
        (
            "targets:\n",
            "targets:\n  always:\n    response: {within: 1 support hour, commitment: aim}\n",
            "twice",
        ),
        ("    triage:", "    response:", "twice"),
    ],
)
def test_one_fault_is_one_line(right: str, wrong: str, expected: str) -> None:
    assert right in HUBS
    faults = told(HUBS.replace(right, wrong, 1))
    assert any(expected in fault for fault in faults), faults


def test_a_clock_that_no_priority_has_neither_stands_still_nor_is_answered() -> None:
    content = HUBS.replace("    line_limit:", "    triage:").replace("    response:", "    work_started:")
    content = content.replace("  untriaged:\n    triage:", "  untriaged:\n    resolution:")
    faults = [fault.partition(": ")[2].partition(";")[0] for fault in told(content)]
    assert "no priority has a target for `line_limit`" in faults
    assert {f"P{n} has no target for `response`" for n in (1, 2, 3, 4)} <= set(faults)


def test_nothing_is_said_of_what_a_fault_only_drags_along() -> None:
    assert len(told(HUBS.replace("lines: 2", "lins: 2"))) == 1
    assert len(told(HUBS.replace("zone: Europe", "zon: Europe"))) == 1
    assert len(told(HUBS.replace("  P3:\n", "  P7:\n"))) == 1
    assert len(told(HUBS.replace("targets:\n", "goals:\n"))) == 2  # one is there, and the other is not


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty"),
        (b"- hubs", "keys with values"),
        (b"\xff\xfe", "UTF-8"),
        (b"#" * (LARGEST + 1), "at most"),
        (b"[" * 10_000, "levels deep"),
        (b"a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n", "`*a` refers to another part"),
        (b"a: &a [*a]", "refers to another part"),
    ],
)
def test_no_file_is_a_trap(content: bytes, expected: str) -> None:
    found = check(content)
    assert found.policy is None
    assert any(expected in str(fault) for fault in found.faults), found.faults


@settings(deadline=None, max_examples=50)
@given(st.integers(0, len(HUBS) - 1), st.text(max_size=3), st.integers(0, 40))
def test_whatever_is_done_to_a_file_is_answered(at: int, put: str, cut: int) -> None:
    content = (HUBS[:at] + put + HUBS[at + cut :]).encode("utf-8", "surrogatepass")
    found = check(content)
    assert (found.policy is None) == bool(found.faults)
    lines = content.count(b"\n") + content.count(b"\r") + 3
    assert all(1 <= fault.place.line <= lines and fault.place.column >= 1 for fault in found.faults)


def test_a_sound_file_is_told_in_short() -> None:
    answer = CliRunner().invoke(app, ["check", *map(str, BUNDLED)])
    assert answer.exit_code == 0
    for said in (
        "Mon–Fri 08:00-17:00",
        "Europe/Stockholm",
        "Sweden",
        "Midsummer Eve",
        "every day",
        "4 support",
    ):
        assert said in answer.output


def test_a_faulty_file_is_told_by_line_and_ends_in_one(tmp_path: Path) -> None:
    faulty, sound = tmp_path / "faulty.yaml", tmp_path / "sound.yaml"
    faulty.write_text(SPOILT)
    sound.write_text(HUBS)
    nothing_runs = {name: value for name, value in os.environ.items() if "URL" not in name}
    answer = subprocess.run(
        [sys.executable, "-m", "sla_engine.policy", "check", faulty, sound, tmp_path / "none"],
        capture_output=True, text=True, check=False, env=nothing_runs,
    )  # fmt: skip
    assert answer.returncode == 1
    assert f"{faulty}:4:1: there is no `default_prioriti`" in answer.stdout
    assert f"{sound}: hubs, version hubs-1: sound" in answer.stdout
    assert "none: cannot be read" in answer.stdout


def test_the_published_schema_is_the_code_s() -> None:
    """`make docs` writes it anew."""
    assert PUBLISHED.read_text() == text()
    jsonschema.Draft202012Validator.check_schema(schema())


def test_the_schema_takes_what_is_sound_and_refuses_what_is_not() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(text()))
    for file in BUNDLED:
        validator.validate(yaml.safe_load(file.read_text()))
    refused = {str(error.json_path) for error in validator.iter_errors(yaml.safe_load(SPOILT))}
    assert {"$", "$.name", "$.lines", "$.warn_percent", "$.calendar.hours[2]", "$.targets"} <= refused


def test_each_bundled_file_is_headed_for_who_reads_it_and_names_its_schema() -> None:
    for file in BUNDLED:
        head = [line for line in file.read_text().splitlines()[:8] if line.startswith("#")]
        (named,) = [line.rpartition("$schema=")[2] for line in head if "$schema=" in line]
        assert len(head) >= 3
        assert (file.parent / named).resolve() == PUBLISHED.resolve()
