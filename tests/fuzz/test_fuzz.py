"""Damaged files of every format end as their law allows; planted faults show that failures are seen.

A few hundred cases here, each kind of damage at least once; `make fuzz` runs thousands.
"""

from __future__ import annotations

import pytest
from fuzz_engine import Fuzzer, Process, cause_of, failures_of, table_of
from fuzz_laws import MUTATIONS, Case, Law, Outcome, all_kinds, cases, judge, make_case
from fuzz_worlds import WORLDS

#: Cases of the suite; more than there are kinds.
COUNT = 300


def figures(value, issues=()):
    return {"kind": "figures", "figures": {"m2": value}, "issues": [list(issue) for issue in issues]}


NOTE, WARNING = ("note", "gap-small", "parcels"), ("warning", "event-repeated", "parcel_events")


@pytest.mark.parametrize(
    ("law", "answer", "counted", "outcome"),
    [
        (Law.ALIKE, figures("1"), True, Outcome.SAME),
        (Law.ALIKE, figures("2"), True, Outcome.SILENT),
        (Law.ALIKE, figures("2", [WARNING]), True, Outcome.SILENT),
        (Law.NAMED, figures("2"), True, Outcome.SILENT),
        (Law.NAMED, figures("2", [NOTE]), True, Outcome.SILENT),
        (Law.NAMED, figures("2", [WARNING]), True, Outcome.ISSUE),
        (Law.COUNTED, figures("2"), True, Outcome.SILENT),
        (Law.COUNTED, figures("2"), False, Outcome.OTHER),
        (Law.FREE, figures("2"), True, Outcome.OTHER),
        (Law.FREE, {"kind": "TRACEBACK"}, True, Outcome.TRACEBACK),
        (Law.FREE, {"kind": "clean error"}, True, Outcome.ERROR),
    ],
)
def test_a_difference_is_lawful_only_where_its_law_says_so(law, answer, counted, outcome):
    assert judge(law, figures("1"), answer, counted=counted) is outcome


def test_an_issue_that_was_there_before_names_no_loss():
    sound = figures("1", [WARNING])
    assert judge(Law.NAMED, sound, figures("2", [WARNING]), counted=True) is Outcome.SILENT


@pytest.mark.parametrize(("fault", "kind", "seconds"), [("crash", "CRASH", 120), ("hang", "HANG", 2), ("ValueError", "TRACEBACK", 120)])
def test_a_planted_fault_is_seen_and_the_next_order_answered(fault, kind, seconds, tmp_path):
    process = Process()
    try:
        process.ask({"planted": "ready", "folder": str(tmp_path)}, 120)
        assert process.ask({"planted": fault, "folder": str(tmp_path)}, seconds)["kind"] == kind
        assert process.ask({"planted": "next", "folder": str(tmp_path)}, 120)["text"] == "next"
    finally:
        process.close()


def test_a_case_is_made_again_byte_for_byte_from_its_name(tmp_path):
    (tmp_path / "guide").mkdir()
    world = WORLDS["guide"]
    (tmp_path / "guide" / "guide.csv").write_text("edition,in_force\n2019,2019-07-01\n" * 20, "utf-8")
    for mutation in MUTATIONS["csv"]:
        case = Case("guide", "csv", mutation, 3)
        made = [make_case(Case.of_name(case.name), world, tmp_path / "guide", tmp_path / f"{mutation} {n}") for n in (1, 2)]
        assert made[0].read_bytes() == made[1].read_bytes(), mutation


def test_every_kind_of_damage_is_in_the_suite():
    chosen = cases(WORLDS, COUNT)
    assert {(case.world, case.format, case.mutation) for case in chosen} == set(all_kinds(WORLDS))


@pytest.mark.timeout(1800)
def test_damaged_files_end_as_their_law_allows(tmp_path):
    fuzzer = Fuzzer(tmp_path)
    findings = fuzzer.run(cases(WORLDS, COUNT))
    assert len(findings) == COUNT
    assert [f"{finding.case.name}: {cause_of(finding)}" for finding in failures_of(findings)] == [], table_of(findings)
