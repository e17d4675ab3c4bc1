"""Certificates: checked by the standard library alone, and refused after any change of any number."""

import copy
import json
import random
import re
import shutil
import subprocess
import sys

import pytest
from green_questions import F, random_question, z1

from gis.errors import InfeasibleError
from gis.scenarios import ParcelChoice, Problem, ZoneTarget, certificate_check, solve_green
from gis.scenarios.certificate import build_certificate, certificate_text
from gis.scenarios.certificate_check import check_certificate, digest_of
from gis.scenarios.problem import OBJECTIVES


def certified(problem):
    return build_certificate(solve_green(problem), scenario="s 1", as_of="2026-03-31", fingerprints={"run": "a1"})


@pytest.fixture(scope="module")
def content():
    return certified(z1())


def test_z1_says_its_price_and_what_binds(content):
    facts = content["derived"]
    assert (facts["objective"], facts["bound"], facts["gap"], facts["proof"]) == ("74600", "74600", "0", "optimal")
    assert {(one["limit"], one["id"]): one["price"] for one in facts["binding"]} == {
        ("target", "Z1"): "5", ("ceiling", "A"): "2", ("ceiling", "B"): "4", ("ceiling", "C"): "3",
    }  # fmt: skip
    assert facts["sentences"]["en"] == [
        "Zone Z1: 28,000 m² of green, 28,000 m² needed.",
        "Least cost: 74,600 CNY.",
        "Proven in exact fractions: no answer is better (bound 74,600 CNY, gap 0).",
        "Each m² more of the target of zone Z1 raises the least cost by at least 5 CNY.",
    ]
    assert facts["sentences"]["zh"][-1] == "区域 Z1 的目标每提高 1 m²，最低费用至少增加 5 元。"


def test_the_prices_are_what_one_square_metre_more_is_worth():
    # Raise each ceiling that binds, and the target, by one m²: the cost moves by the price.
    base = solve_green(z1()).objective
    for name, price in (("A", 2), ("B", 4), ("C", 3)):
        problem = z1()
        parcels = tuple(
            type(p)(**{**vars(p), "ceiling_m2": p.ceiling_m2 + (p.parcel_id == name)}) for p in problem.parcels
        )
        assert base - solve_green(type(problem)(problem.zones, parcels)).objective == price
    assert solve_green(z1(F(28_001, 140_000))).objective - base == 5


def places(value, path=()):
    if isinstance(value, dict):
        for key, part in value.items():
            yield from places(part, (*path, key))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from places(part, (*path, number))
    elif (isinstance(value, str) and re.search(r"\d", value)) or isinstance(value, int):
        yield path, value


def mutants(content):
    """Every number of a certificate, changed once: a digit at a time, and by its sign."""
    for path, value in places(content):
        if isinstance(value, bool):
            changes = [not value]
        elif isinstance(value, int):
            changes = [value + 1]
        else:
            changes = [
                value[: m.start()] + str((int(m.group()) + 1) % 10) + value[m.end() :]
                for m in re.finditer(r"\d", value)
            ]
            changes += ["-" + value, value + "0", value + ".5"]
        for change in changes:
            mutant = copy.deepcopy(content)
            at = mutant
            for key in path[:-1]:
                at = at[key]
            at[path[-1]] = change
            yield path, mutant


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_any_number_changed_once_is_refused(objective):
    base = certified(z1(objective=objective, start={"A": 2_500, "B": 0, "C": 2_000, "D": 2_000}))
    assert check_certificate(base) == []
    tried = 0
    for path, mutant in mutants(base):
        tried += 1
        assert check_certificate(mutant), path
    assert tried > 400


def same_number(path, before, after):
    def at(tree):
        for key in path:
            tree = tree[key]
        return tree

    old, new = at(before), at(after)
    numbers = certificate_check.NUMBER
    return all(isinstance(one, str) and numbers.fullmatch(one) for one in (old, new)) and (
        certificate_check.value_of(old) == certificate_check.value_of(new)
    )


def test_who_signs_a_changed_answer_anew_is_refused_by_arithmetic(content):
    """Also with a new digest: no answer, price or figure that follows from them can be another one."""
    tried = 0
    for path, mutant in mutants(content):
        if path[0] not in {"answer", "prices", "derived"} or same_number(path, content, mutant):
            continue
        mutant["sha256"] = digest_of(mutant)
        tried += 1
        assert check_certificate(mutant), path
    assert tried > 150


def test_a_better_price_can_not_be_invented(content):
    """A price that no cost supports proves less, never more: the bound is recomputed."""
    for price in ("4", "6", "100"):
        other = copy.deepcopy(content)
        other["prices"]["Z1"] = price
        other["sha256"] = digest_of(other)
        assert "derived: bound" in check_certificate(other)


def test_whole_decisions_state_a_proven_gap_and_the_claim_of_the_solver():
    rng = random.Random(3)
    for _ in range(20):
        problem = random_question(rng, parcels=12, stepped=True, unit=10)
        content = certified(problem)
        facts = content["derived"]
        assert F(facts["gap"]) == F(facts["objective"]) - F(facts["bound"]) >= 0
        assert facts["proof"] == ("optimal" if facts["gap"] == "0" else "bound")
        if facts["proof"] == "bound":
            assert "not proven" in " ".join(facts["sentences"]["en"])


def test_the_checker_stands_alone(tmp_path, content):
    """The file copied away, with an interpreter that sees no package at all."""
    shutil.copy(certificate_check.__file__, tmp_path / "check.py")
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(certificate_text(content), "utf-8")
    bad.write_text(certificate_text(content).replace("74600", "74500"), "utf-8")

    def check(*files):
        words = [sys.executable, "-I", "-S", "check.py", *map(str, files)]
        return subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert check(good).returncode == 0
    assert check(good, bad).returncode == 1
    assert check(tmp_path / "absent.json").returncode == 1
    assert check().returncode == 2


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1, "a": 2}', '{"zonegis_certificate": 1}'])
def test_what_is_no_certificate_is_refused(tmp_path, text):
    (tmp_path / "c.json").write_text(text, "utf-8")
    assert certificate_check.main([str(tmp_path / "c.json")]) == 1


def test_numbers_that_would_never_end_are_refused(content):
    for wrong in ("1e999999999", "1/0", "nan", 5, None, "1_0"):
        other = json.loads(certificate_text(content))
        other["answer"]["A"] = wrong
        other["sha256"] = digest_of(other)
        assert check_certificate(other)


def test_an_unsound_answer_gets_no_certificate():
    answer = solve_green(z1())
    object.__setattr__(answer, "green_m2", {**answer.green_m2, "D": F(2_399)})
    with pytest.raises(InfeasibleError):
        build_certificate(answer)


def test_five_thousand_parcels_are_checked(count_calls):
    """Twice the parcels are twice the work; the calls of a smaller pair are counted, for counting is slow."""
    content = certified(random_question(random.Random(8), parcels=5_000, unit=1_000))
    assert check_certificate(json.loads(certificate_text(content))) == []
    once, twice = (certified(random_question(random.Random(8), parcels=parcels, unit=1_000)) for parcels in (500, 1_000))
    assert count_calls(lambda: check_certificate(twice)) < 2.5 * count_calls(lambda: check_certificate(once))


def test_a_price_of_no_budget_proves_nothing():
    # A m² costs 1 at A and 3 at B: all of it at B costs three times the least.
    parcels = tuple(ParcelChoice(name, "Z", F(100), F(0), F(0), F(0), F(50), F(cost)) for name, cost in (("A", 1), ("B", 3)))
    content = build_certificate(solve_green(Problem((ZoneTarget("Z", F(200), F(1, 10)),), parcels)))
    content |= {"answer": {"A": "0", "B": "20"}, "prices": {"Z": "3"}, "budget_price": "2"}
    question = certificate_check.read_question(content["problem"])
    green = {key: F(value) for key, value in content["answer"].items()}
    content["derived"] = certificate_check.derived(question, green, {"Z": F(3)}, F(2), {}, content["solver"])
    content["sha256"] = digest_of(content)
    assert any("budget_price" in fault for fault in check_certificate(content))
    assert content["derived"]["proof"] == "bound"
