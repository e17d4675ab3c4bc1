"""The ledger's commands as a bureau uses them: the examples of their help, files of projects, proposals."""

import json
import re
import shlex
import textwrap

import openpyxl
import pytest
from typer.testing import CliRunner

from gis.cli import app
from gis.cli.ledger import COMMANDS
from gis.cli.ledger_projects import book_command
from gis.cli.ledger_proposals import propose_command

ENERGY, LAND, DISTRICT = "energy_equal_value", "new_construction_land", "district:310115"
DAY = ("--as-of", "2026-02-01")
PROJECT = """
project: P2
water_quality: met
parcel: "00000002"
expires: 2026-08-01
needs:
  - {kind: energy_equal_value, year: 2026, quantity: "50000", holders: ["district:310115"]}
  - {kind: cod, year: 2026, quantity: "0.5", holders: ["enterprise:A", "district:310115"]}
"""


def example_file(command):
    """The file that a command's help shows."""
    return textwrap.dedent(command.__doc__.partition("\b\n")[2])


@pytest.fixture
def ledger(zonegis, tmp_path):
    def call(*words, lang="en"):
        return zonegis("ledger", *words, "-d", tmp_path / "quotas.db", "--lang", lang)

    def program(*words):
        done = CliRunner().invoke(app, ["ledger", *map(str, words), "-d", str(tmp_path / "quotas.db"), "--json"])
        return done.exit_code, json.loads(done.stdout)

    call.program = program
    assert call("init")[0] == 0
    assert call("issue", ENERGY, 2026, "100000", "--account", DISTRICT, *DAY)[0] == 0
    assert call("issue", "cod", 2026, "2", "--account", DISTRICT, *DAY)[0] == 0
    return call


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_examples_of_the_help_run_one_after_the_other(zonegis, tmp_path, monkeypatch, lang):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "project.yaml").write_text(example_file(book_command), "utf-8")
    (tmp_path / "requests.csv").write_text(example_file(propose_command), "utf-8")
    said = {}
    for name, (_, example) in COMMANDS.items():
        assert shlex.split(example)[0] == name
        code, said[name] = zonegis("ledger", *shlex.split(example), "--lang", lang)
        assert code == 0, (name, said[name])
        code, shown = zonegis("ledger", name, "--help")
        assert code == 0 and "例 / example:" in shown
    assert "3000.00 m²" in said["repay"] and "L00000003" in said["lend"]
    # 20,000 + 5,000 − 2,000 − 500 − 2,000 − 1,500 are free when 12,000 and 9,000 are asked for.
    assert "19000.00" in said["propose"] and "9000.00" in said["propose"]
    kept = {"balance.json": ("balance", "--json"), "loans.json": ("loans", "--open", "--json")}
    answers = {key: CliRunner().invoke(app, ["ledger", *words, "-d", "quotas.db"]) for key, words in kept.items()}
    balance = {(row["account"], row["year"]): row["quantity"] for row in json.loads(answers["balance.json"].stdout)}
    assert balance == {
        ("city", 2026): "17000.00", (DISTRICT, 2026): "20700.00", (DISTRICT, 2027): "500.00",
        ("project:P1", 2026): "1800.00",
    }  # fmt: skip
    assert [row["owed"] for row in json.loads(answers["loans.json"].stdout)] == ["3000.00"]
    assert (tmp_path / "land_2026.png").read_bytes().startswith(b"\x89PNG")
    assert len(openpyxl.load_workbook(tmp_path / "quotas.xlsx").sheetnames) == 4


def test_a_project_is_booked_with_all_its_kinds_or_not_at_all(ledger, tmp_path):
    path = tmp_path / "project.yaml"
    path.write_text(PROJECT, "utf-8")
    code, tried = ledger.program("book", path, "--what-if", *DAY)
    assert (code, tried["booked"], tried["fits"]) == (0, False, True)
    assert len(ledger.program("statement")[1]) == 2
    code, said = ledger("book", path, *DAY, lang="zh")
    assert code == 0 and "能耗指标（等价值）" in said and "50000.000 │ tce" in said and "尚未核实" in said
    code, second = ledger.program("reservations", "--kind", "cod")
    assert code == 0 and [(one["project"], one["holder"], one["quantity"]) for one in second] == [
        ("P2", DISTRICT, "0.500000")
    ]
    path.write_text(PROJECT.replace("P2", "P3").replace("00000002", "00000003").replace('"0.5"', '"1.75"'), "utf-8")
    code, said = ledger("book", path, *DAY)
    assert code == 1 and "0.250000" in said and "undetermined" in said and "ask for 1.500000 t at most" in said
    assert "transfer request" not in said
    assert len(ledger.program("reservations")[1]) == 2


@pytest.mark.parametrize(("major", "large"), [(m, g) for m in ("true", "false", "") for g in ("true", "false", "")])
def test_a_request_to_the_city_needs_all_three_conditions(ledger, tmp_path, major, large):
    path = tmp_path / "project.yaml"
    flags = f"is_major_quality: {major or 'null'}\nis_large: {large or 'null'}\n"
    path.write_text(flags + PROJECT.replace('"50000"', '"110000"'), "utf-8")
    code, said = ledger("book", path, *DAY)
    assert code == 1 and "10000.000" in said
    assert ("transfer request: project P2, 10000.000 tce from city to" in said) == (major == large == "true")
    if major == large == "true":
        assert said.count("✓") == 3
    path.write_text(flags + PROJECT, "utf-8")
    assert "transfer request" not in ledger("book", path, "--what-if", *DAY)[1]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"50000"', "50000.5", "quotation marks"),
        ('"00000002"', "00000002", "quotation marks"),
        ("project:", "projekt:", "projekt: unknown key"),
        ("expires: 2026-08-01\n", "", "expires: missing"),
        ("year: 2026, quantity: \"0.5\"", "year: soon, quantity: \"0.5\"", "needs.1.year"),
        ("needs:\n", "needs: [\n", "line"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_says_where(ledger, tmp_path, old, new, told):
    path = tmp_path / "project.yaml"
    assert old in PROJECT
    path.write_text(PROJECT.replace(old, new), "utf-8")
    code, said = ledger("book", path, *DAY)
    assert code == 3 and told in said


def test_holders_are_given_by_kind(ledger):
    assert ledger("transfer", "cod", 2026, "1", "--from", DISTRICT, "--to", "enterprise:A", *DAY)[0] == 0
    words = ("reserve", ENERGY, 2026, "10", "--and", "cod 2026 1.5", "--water", "met", "--project", "P", "--parcel", "1",
             "--expires", "2026-08-01", *DAY, "--holder", DISTRICT, "--holder", "cod=enterprise:A")  # fmt: skip
    code, short = ledger.program(*words)
    assert code == 1 and [(one["kind"], one["short"]) for one in short["shortages"]] == [("cod", "0.500000")]
    code, booked = ledger.program(*words, "--holder", f"cod={DISTRICT}")
    assert code == 0
    assert [(one["kind"], one["holder"], one["quantity"]) for one in booked["reservations"]] == [
        ("cod", "enterprise:A", "1.000000"), ("cod", DISTRICT, "0.500000"), (ENERGY, DISTRICT, "10.000"),
    ]  # fmt: skip
    code, said = ledger(*words, "--holder", "nox=city")
    assert code == 1 and "nox" in said


@pytest.mark.parametrize("suffix", ["csv", "yaml"])
def test_a_proposal_books_nothing_and_says_who_is_left_out(ledger, tmp_path, suffix):
    rows = [("A", 1, 1, ENERGY, 60000), ("B", 2, 3, ENERGY, 50000), ("C", 2, 2, ENERGY, 40000), ("D", 2, 9, "nox", 1)]
    path = tmp_path / f"requests.{suffix}"
    lines = ["project,priority,value,kind,year,quantity", *(f"{p},{n},{v},{k},2026,{q}" for p, n, v, k, q in rows)]
    if suffix == "yaml":
        lines = ["requests:", *(
            f'  - {{project: {p}, priority: {n}, value: {v}, needs: [{{kind: {k}, year: 2026, quantity: "{q}"}}]}}'
            for p, n, v, k, q in rows
        )]  # fmt: skip
    path.write_text("\n".join(lines), "utf-8")
    code, found = ledger.program("propose", path, "--account", DISTRICT)
    assert code == 0
    assert [(row["project"], row["given"], row["reason"]) for row in found["projects"]] == [
        ("A", True, ""), ("B", False, "outweighed"), ("C", True, ""), ("D", False, "undetermined"),
    ]  # fmt: skip
    energy = next(row for row in found["quotas"] if row["kind"] == ENERGY)
    assert (energy["quota"], energy["given"], energy["left"], energy["is_binding"]) == ("100000.000", "100000.000", "0.000", True)
    # The last unit would go to B: 3 of value for 50,000 tce.
    assert energy["price"] == pytest.approx(3 / 50000)
    for lang, word in (("zh", "余量不足"), ("en", "others weigh more")):
        code, said = ledger("propose", path, "--account", DISTRICT, lang=lang)
        assert code == 0 and word in said and "50000.000" in said
    assert len(ledger.program("statement")[1]) == 2


@pytest.mark.parametrize(
    ("quality", "given", "reason", "need"),
    [("met", True, "", "1.200000"), ("not_met", False, "exceeds_quota", "2.400000"), ("", False, "undetermined", None)],
)
@pytest.mark.parametrize("suffix", ["csv", "yaml"])
def test_a_proposal_shares_out_what_an_emission_needs(ledger, tmp_path, suffix, quality, given, reason, need):
    # 2 t of COD are free: an emission of 1.2 needs 1.2 where water was met, and 2.4 where it was not.
    path = tmp_path / f"requests.{suffix}"
    path.write_text(
        f"project,priority,value,kind,year,quantity,water_quality\nA,1,1,cod,2026,1.2,{quality}\n" if suffix == "csv"
        else "requests:\n  - {project: A, priority: 1, value: 1, needs: [{kind: cod, year: 2026, quantity: '1.2'}]"
        + (f", water_quality: {quality}}}\n" if quality else "}\n"), "utf-8",
    )  # fmt: skip
    code, found = ledger.program("propose", path, "--account", DISTRICT, *DAY)
    assert code == 0
    assert [(row["given"], row["reason"]) for row in found["projects"]] == [(given, reason)]
    assert [row["need"] for row in found["replaced"]] == ([need] if need else [])
    if given:
        assert [row["quantity"] for row in found["lines"]] == [need]
    code, said = ledger("propose", path, "--account", DISTRICT, *DAY)
    assert code == 0 and ("nothing is kept for it" in said if not quality else "emission × ratio" in said)


def test_a_quality_that_is_no_quality_is_refused(ledger, tmp_path):
    path = tmp_path / "requests.csv"
    path.write_text("project,priority,value,kind,year,quantity,water_quality\nA,1,1,cod,2026,1,good\n", "utf-8")
    code, said = ledger("propose", path, "--account", DISTRICT)
    assert code == 3 and "water_quality" in said and "good" in said


@pytest.mark.parametrize(
    ("rows", "code", "told"),
    [
        ("A,0.5,1,cod,2026,1", 3, "priority"), ("A,1,,cod,2026,1", 3, "value"), ("A,1,1,coal,2026,1", 1, "coal"),
        ("A,1,1,cod,2026,1\nA,2,1,nox,2026,1", 3, "priority"), ("A,1,1,cod,2026,1,9\n", 3, "requests.csv"),
        ("A,1,1,cod,2026,", 3, "quantity"), ("A,0,1,cod,2026,1", 3, "whole number"),
    ],
)  # fmt: skip
def test_requests_that_are_wrong_are_refused(ledger, tmp_path, rows, code, told):
    path = tmp_path / "requests.csv"
    path.write_text(f"project,priority,value,kind,year,quantity\n{rows}", "utf-8")
    found, said = ledger("propose", path, "--account", DISTRICT)
    assert (found, told in said) == (code, True), said


def test_loans_and_reversals_are_refused_in_words(ledger):
    assert ledger("lend", ENERGY, 2026, "10", "--from", DISTRICT, "--to", "zone:A", "--due", "2026-03-01", *DAY)[0] == 0
    code, said = ledger("repay", "L00000003", "11", *DAY)
    assert code == 1 and "10.000" in said
    assert ledger("repay", "L00000009", "1", *DAY)[0] == 1
    code, found = ledger.program("loans")
    assert code == 0 and [(one["owed"], one["is_overdue"]) for one in found] == [("10.000", True)]
    code, said = ledger("reverse", 99, "--reason", "x", *DAY, lang="zh")
    assert code == 1 and "99" in said
    assert ledger("reverse", 2, *DAY)[0] == 2
    assert ledger("reverse", 2, "--reason", "重复", *DAY)[0] == 0
    assert {row["kind"] for row in ledger.program("balance")[1]} == {ENERGY}


def test_what_is_over_is_shown_and_given_back(ledger):
    reserve = ("reserve", ENERGY, 2026, "10", "--project", "P", "--parcel", "1", "--holder", DISTRICT)
    assert ledger(*reserve, "--expires", "2026-02-10", *DAY)[0] == 0
    code, found = ledger.program("reservations")
    assert code == 0 and [one["is_over"] for one in found] == [True]
    assert "past their last day" in ledger("reservations")[1]
    assert ledger.program("expire", "--as-of", "2026-02-10")[1]["reservations"] == []
    assert ledger.program("expire", "--as-of", "2026-02-11")[1]["reservations"] == ["R00000003-1"]
    assert "没有到期的预留" in ledger("expire", "--as-of", "2026-02-12", lang="zh")[1]


def test_chart_and_level_balance(ledger, tmp_path):
    assert ledger("chart", ENERGY, 2026, "-o", tmp_path / "a.txt")[0] == 2
    code, found = ledger.program("chart", ENERGY, 2026, "-o", tmp_path / "new" / "a.svg")
    assert code == 0 and found["steps"] == [{"step": "issue", "quantity": "100000.000", "unit": "tce"}]
    assert "<svg" in (tmp_path / "new" / "a.svg").read_text("utf-8")
    code, said = ledger("balance", "--by-level", "--kind", "cod", lang="zh")
    assert code == 0 and re.search(r"化学需氧量 .* 区级 .* 2\.000000", said) and "结转" not in said
    assert ledger("balance", "--by-level", "--account", "city")[0] == 2


def test_a_request_that_is_sent_again_is_booked_once(ledger):
    words = ("transfer", ENERGY, 2026, "10", "--from", DISTRICT, "--to", "zone:A", "--request", "申请1", *DAY)
    assert ledger(*words)[0] == 0 and ledger(*words)[0] == 0
    assert len(ledger.program("statement")[1]) == 3
    code, said = ledger(*words[:3], "11", *words[4:])
    assert code == 1 and "申请1" in said
    for verb in COMMANDS:
        if verb in {"issue", "transfer", "lend", "repay", "deduct", "carry-over", "reverse", "reserve", "book", "post", "void"}:
            shown = CliRunner().invoke(app, ["ledger", verb, "--help"], env={"COLUMNS": "200"}).output
            assert "--request" in shown and "--late-reason" in shown, verb


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("balance", "--account", "district:999"), DISTRICT), (("statement", "--account", "nonsense"), DISTRICT),
        (("balance", "--kind", "nox"), "cod"), (("balance", "--year", "2062"), "2026"),
        (("chart", "nox", 2026, "-o", "x.png"), "cod"), (("chart", "cod", 2027, "-o", "x.png"), "2026"),
        (("chart", "cod", 2026, "--level", "city", "-o", "x.png"), "district"),
        (("reservations", "--year", "2062"), "2026"), (("propose", "requests.csv", "--account", "district:999"), DISTRICT),
    ],
)  # fmt: skip
def test_what_a_ledger_does_not_know_is_no_none(ledger, tmp_path, monkeypatch, words, told):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "requests.csv").write_text(f"project,priority,value,kind,year,quantity\nA,1,1,{ENERGY},2026,1\n", "utf-8")
    for lang, word in (("zh", "没有"), ("en", "no ")):
        code, said = ledger(*words, lang=lang)
        assert code == 3 and word in said and told in said, said
    assert not (tmp_path / "x.png").exists()


def test_the_ledger_is_read_as_of_a_day(ledger, tmp_path):
    early, late = ("--as-of", "2026-02-28"), ("--as-of", "2026-03-02")
    reserve = ("reserve", ENERGY, 2026, "60", "--project", "P", "--parcel", "1", "--holder", DISTRICT, "--expires", "2026-12-31")
    assert ledger(*reserve, *DAY)[0] == 0
    assert ledger("post", "R00000003-1", "45", "--as-of", "2026-03-02")[0] == 0
    lend = ("lend", ENERGY, 2026, "20", "--from", DISTRICT, "--to", "zone:A", "--due", "2026-03-20", "--as-of", "2026-03-02")
    assert ledger(*lend)[0] == 0
    for day, held, used, loans in ((early, "60.000", "0.000", 0), (late, "0.000", "45.000", 1)):
        (row,) = ledger.program("drawn", ENERGY, 2026, *day)[1]
        assert (row["reserved"], row["used"]) == (held, used)
        assert len(ledger.program("loans", *day)[1]) == loans
        assert [one["quantity"] for one in ledger.program("reservations", *day)[1]] == ["60.000"] * (1 - loans)
        book = tmp_path / f"{loans}.xlsx"
        assert ledger("workbook", "-o", book, *day)[0] == 0
        assert ("Loans" in openpyxl.load_workbook(book).sheetnames) == bool(loans)
    overdue = [ledger.program("loans", "--as-of", day)[1][0]["is_overdue"] for day in ("2026-03-20", "2026-03-21")]
    assert overdue == [False, True]
    # As of the last day it is what is said without one.
    assert ledger.program("drawn", ENERGY, 2026, *late) == ledger.program("drawn", ENERGY, 2026)
    steps = [ledger.program("chart", ENERGY, 2026, "-o", tmp_path / "a.svg", *day)[1]["steps"] for day in (early, late)]
    assert [sum(float(step["quantity"]) for step in one) for one in steps] == [99940.0, 99955.0]


def test_sources_that_come_earlier_and_were_not_named_are_told(ledger):
    for account in ("industry:I", "zone:A", "city"):
        assert ledger("issue", "cod", 2026, "0.3", "--account", account, *DAY)[0] == 0
    words = ("reserve", "cod", 2026, "0.2", "--project", "P", "--parcel", "1", "--water", "met", "--expires", "2026-12-31")
    # The zone and the district are the area both; the city comes last.
    found = ledger.program(*words, "--holder", DISTRICT, "--what-if", *DAY)[1]["earlier_sources"]
    assert [(one["account"], one["quantity"]) for one in found] == [("industry:I", "0.300000")]
    code, said = ledger(*words, "--holder", "industry:I", "--holder", DISTRICT, "--what-if", *DAY)
    assert code == 0 and "come earlier" not in said
    code, said = ledger(*words, "--holder", DISTRICT, *DAY, lang="zh")
    assert code == 0 and "industry:I (0.300000 t)" in said and "应先用" in said


def test_sentences_have_words_and_no_codes(ledger):
    words = ("reserve", "cod", 2026, "9", "--project", "P", "--parcel", "1", "--water", "met", "--expires", "2026-12-31",
             "--holder", DISTRICT, "--not-major", "--not-large")  # fmt: skip
    for lang, word in (("zh", "条件为 不成立"), ("en", "not met: ")):
        code, said = ledger(*words, *DAY, lang=lang)
        assert code == 1 and word in said and "not_met" not in said, said
    assert ledger("issue", LAND, 2026, "5", "--account", "city", *DAY)[0] == 0
    code, said = ledger("transfer", LAND, 2026, "6", "--from", "city", "--to", DISTRICT, *DAY, lang="zh")
    assert code == 1 and "m²" in said and " m2" not in said and LAND not in said and "新增建设用地" in said


def test_a_repeat_is_told_from_a_first_booking(ledger, tmp_path):
    issue = ("issue", ENERGY, 2026, "5", "--account", "city", "--request", "K1", *DAY)
    assert [ledger.program(*issue)[1]["repeated"] for _ in range(2)] == [False, True]
    said = ledger(*issue, lang="zh")[1]
    assert "已于 2026-02-01 记为第 3 笔" in said and "5 tce" in said
    assert "already booked" not in ledger(*issue[:-4], *DAY)[1]
    path = tmp_path / "project.yaml"
    path.write_text(PROJECT + "document: D1\n", "utf-8")
    assert [ledger.program("book", path, *DAY)[1]["repeated"] for _ in range(2)] == [False, True]
    assert "already booked as posting 5" in ledger("book", path, *DAY)[1]
    name = ledger.program("reservations")[1][0]["reservation_id"]
    post = ("post", name, "0.25", "--request", "K2", *DAY)
    assert "already booked" not in ledger(*post)[1]
    said = ledger(*post)[1]
    assert "already booked as posting 6" in said and "0.25 t " in said
    assert len(ledger.program("statement")[1]) == 8


def test_a_late_entry_says_why_and_is_read_either_way(ledger):
    late = ("issue", ENERGY, 2026, "5", "--account", "city", "--as-of", "2026-01-20")
    code, said = ledger(*late)
    assert code == 1 and "2026-02-01" in said
    assert ledger(*late, "--late-reason", "批文迟到")[0] == 0

    def city(*words):
        return [row["quantity"] for row in ledger.program("balance", "--account", "city", *words)[1]]

    assert city("--as-of", "2026-01-31") == [] and city("--as-of", "2026-02-01") == ["5.000"]
    assert city("--as-of", "2026-01-31", "--restated") == ["5.000"]
    code, said = ledger("statement", lang="zh")
    assert code == 0 and "批文迟到" in said and "2026-01-20" in said
    assert len(ledger.program("statement", "--as-of", "2026-01-31", "--restated")[1]) == 1
    assert ledger("balance", "--by-level", "--restated")[0] == 2


def test_a_loan_is_given_back_out_of_next_years_quota_when_said(ledger):
    assert ledger("lend", ENERGY, 2026, "10", "--from", DISTRICT, "--to", "zone:A", "--due", "2027-03-01", *DAY)[0] == 0
    assert ledger("carry-over", ENERGY, 2026, "10", "--account", "zone:A", *DAY)[0] == 0
    code, said = ledger("repay", "L00000003", "10", *DAY)
    assert code == 1 and "2027" in said
    assert ledger("repay", "L00000003", "10", "--year", 2027, *DAY)[0] == 0
    assert [row["owed"] for row in ledger.program("loans")[1]] == ["0.000"]


def test_what_a_pollutant_is_replaced_by_is_said(ledger):
    words = ("reserve", "cod", 2026, "0.75", "--holder", DISTRICT, "--project", "P", "--parcel", "1", "--expires", "2026-08-01",
             "--what-if", *DAY)  # fmt: skip
    code, said = ledger(*words, "--water", "not_met", lang="zh")
    assert code == 0 and "新增排放 0.750000 t" in said and "须替代 1.500000 t（2 倍）" in said
    assert "needed (2 times)" in ledger(*words, "--water", "not_met")[1]
    assert "times)" not in ledger(*words, "--water", "met")[1]
    short = ledger(*words[:3], "1.25", *words[4:], "--water", "not_met")[1]
    assert "2.500000 t are needed (2 times)" in short and "0.500000" in short


def test_a_statement_leaves_out_what_is_blank(ledger):
    assert "document" not in ledger("statement")[1] and "parcel" not in ledger("statement")[1]
    assert ledger("issue", "nox", 2026, "1", "--account", "city", "--document", "文号7", *DAY)[0] == 0
    said = ledger("statement")[1]
    assert "document" in said and "文号7" in said and "not verified" in said


DECLARED = """
project: P8
parcel: "00000008"
place: "310115"
expires: 2026-08-01
water_quality: not_met
declared:
  year: 2026
  holders: {land: ["district:310115"], energy: ["district:310115"], pollutant: ["district:310115"]}
  land_m2: "10000"
  existing_construction_m2: "4000"
  energy: {diesel: "1000"}
  emissions: {cod: "0.5"}
"""


def test_needs_are_computed_from_what_a_project_declares(ledger, tmp_path):
    path = tmp_path / "project.yaml"
    path.write_text(DECLARED, "utf-8")
    assert ledger("issue", LAND, 2026, "9000", "--account", DISTRICT, *DAY)[0] == 0
    assert ledger("issue", "energy_calorific_value", 2026, "10", "--account", DISTRICT, *DAY)[0] == 0
    code, said = ledger("book", path, *DAY, lang="zh")
    assert code == 0 and "新增建设用地 6,000.00 m²" in said and "当量值" in said and "待定" in said
    # 1,000 kg of diesel at 1.4571 kgce/kg; what exists of construction land needs nothing; twice the emission.
    assert {(one["kind"], one["quantity"]) for one in ledger.program("reservations")[1]} == {
        (LAND, "6000.00"), ("energy_calorific_value", "1.458"), ("cod", "1.000000"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('place: "310115"\n', "", "place whose rules hold"), ("declared:", "needs: []\ndeklared:", "unknown key"),
        ('"10000"', "10000.5", "quotation marks"), ("year: 2026", "years: 2026", "declared.year: missing"),
    ],
)  # fmt: skip
def test_a_declaration_that_is_wrong_says_where(ledger, tmp_path, old, new, told):
    path = tmp_path / "project.yaml"
    assert old in DECLARED
    path.write_text(DECLARED.replace(old, new, 1), "utf-8")
    code, said = ledger("book", path, *DAY)
    assert code == 3 and told in said


def test_a_new_town_and_own_factors_are_declared_too(ledger, tmp_path):
    """60 % of 1,000 m² are the reward's; 1,000,000 kWh at 0.3 kgce are 300 tce."""
    path = tmp_path / "project.yaml"
    path.write_text("""
project: P3
parcel: "00000003"
place: "310114"
expires: 2026-08-01
declared:
  year: 2026
  holders: {land: ["city"], energy: ["district:310115"]}
  land_m2: "1000"
  existing_construction_m2: "0"
  new_town: {grade: excellent, purpose: industry}
  energy: {electricity: "1000000"}
  energy_basis: equivalent
  own_factors: {electricity: {kgce_per_unit: "0.3", source: 年报}}
""", "utf-8")
    for kind in ("new_town_reward_land", LAND):
        assert ledger("issue", kind, 2026, "600", "--account", "city", *DAY)[0] == 0
    code, booked = ledger.program("book", path, *DAY)
    assert code == 0
    assert [(one["kind"], one["quantity"]) for one in booked["reservations"]] == [
        (ENERGY, "300.000"), (LAND, "400.00"), ("new_town_reward_land", "600.00"),
    ]  # fmt: skip
    path.write_text(path.read_text("utf-8").replace("purpose: industry", "purpose: industries"), "utf-8")
    code, said = ledger("book", path, "--what-if", *DAY)
    assert code == 1 and "industries" in said
