"""Two days of law side by side: documents with what took their place, clauses that lapse, unverified marks."""

import datetime as dt
import json

import pytest
from typer.testing import CliRunner

from gis.cli import app
from gis.regulations import compare_clauses, compare_documents, load_rule_set

REPEAL = dt.date(2026, 5, 28)
ONE_DAY = dt.timedelta(days=1)


def found(first, second):
    return {record["number"] or record["id"]: record for record in compare_documents(first, second)}


@pytest.mark.parametrize(
    ("first", "second", "changes"),
    [
        (REPEAL - 2 * ONE_DAY, REPEAL - ONE_DAY, {}),
        (REPEAL - ONE_DAY, REPEAL, {"沪府发〔2021〕1号": "ends", "沪发改开放〔2026〕192号": "begins"}),
        (REPEAL, REPEAL + ONE_DAY, {}),
        (REPEAL, REPEAL - ONE_DAY, {"沪府发〔2021〕1号": "begins", "沪发改开放〔2026〕192号": "ends"}),
    ],
)
def test_documents_end_and_begin_on_the_day_of_the_repeal(first, second, changes):
    assert {number: record["change"] for number, record in found(first, second).items()} == changes


def test_a_document_that_ends_names_what_took_its_place():
    record = found(REPEAL - ONE_DAY, REPEAL)["沪府发〔2021〕1号"]
    assert (record["successor"], record["expires"], record["repealed"]) == (
        "沪发改开放〔2026〕192号", "2026-05-27", "2026-05-28",
    )  # fmt: skip
    assert "待核" in record["note_zh"]
    ended = found(dt.date(2026, 9, 19), dt.date(2026, 9, 20))["沪规划资源规〔2021〕6号"]
    assert (ended["change"], ended["successor"], ended["repealed"]) == ("ends", "", "")


def test_a_document_that_came_and_went_between_the_two_days_is_not_lost():
    record = found(dt.date(2020, 12, 31), REPEAL)["沪府发〔2021〕1号"]
    assert record["change"] == "between"
    sources = load_rule_set().sources.values()
    whole = compare_documents(dt.date(1986, 1, 1), dt.date(2099, 1, 1))
    assert {record["id"] for record in whole} == {source.id for source in sources}


@pytest.mark.parametrize(("day", "count"), [(REPEAL - ONE_DAY, 0), (REPEAL, 21), (REPEAL + ONE_DAY, 21)])
def test_clauses_that_lapse(day, count):
    lapsed = compare_clauses(REPEAL - ONE_DAY, day)
    assert len([record for record in lapsed if record["number"] != "结尾"]) == count
    assert {record["change"] for record in lapsed} == ({"ends"} if count else set())
    assert {record["successor"] for record in lapsed} == ({"沪发改开放〔2026〕192号"} if count else set())


def test_the_command_names_documents_clauses_and_what_is_not_verified():
    words = ["rules", "diff", "--from", "2026-05-27", "--to", "2026-05-28"]
    told = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert {record["number"] for record in told["documents"]} == {"沪府发〔2021〕1号", "沪发改开放〔2026〕192号"}
    assert len(told["clauses"]) == 22  # 21 numbered ones and the closing sentence
    assert [rule["verified_to"] for rule in told["rules"] if rule["name"] == "green.balance_scope"] == [False]
    for lang, clauses, mark in (("zh", "21 条", "未核实"), ("en", "21 clause", "not verified")):
        shown = CliRunner().invoke(app, [*words, "--lang", lang], env={"COLUMNS": "300"})
        assert shown.exit_code == 0, shown.output
        assert all(part in shown.output for part in ("沪发改开放〔2026〕192号", "沪府发〔2021〕1号", clauses, mark))
