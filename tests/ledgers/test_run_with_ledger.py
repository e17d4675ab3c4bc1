"""A run that names a ledger: sheet, chapter, map and manifest say what the ledger says; one without it says nothing."""

import datetime as dt
import hashlib
import html
import json
import re
import sqlite3
from decimal import Decimal

import openpyxl
import pytest
from page_reader import Page
from typer.testing import CliRunner

from gis.cli import app
from gis.ledgers import Need, Project, book_project, create_ledger
from gis.workflow import run, write_sample_run

ENERGY, LAND, DISTRICT = "energy_equal_value", "new_construction_land", "district:310115"
DAY, TODAY = dt.date(2026, 3, 31), dt.date(2026, 11, 24)
#: What a spreadsheet or a browser must not take for more than words.
FORMULAS = ('=HYPERLINK("http://x","y")', "+1+1", "-2", "@SUM(A1)")
MARKUP = "</script><script>alert('zonegis')</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return write_sample_run(tmp_path_factory.mktemp("zone") / "z", parcels=40, seed=1, as_of=DAY)


def fill(ledger):
    ledger.issue(ENERGY, 2026, "100000", account=DISTRICT, as_of="2026-01-05", document=FORMULAS[0], reason=MARKUP)
    ledger.issue("cod", 2026, "5", account=DISTRICT, as_of="2026-01-05", document=FORMULAS[1], reason=FORMULAS[2])
    needs = (Need(ENERGY, 2026, "60000", (DISTRICT,)), Need("cod", 2026, "0.5", (DISTRICT,)))
    first = book_project(ledger, Project(MARKUP, "00000001", needs, water_quality="met"), as_of="2026-02-01", expires="2026-08-01",
                         document=FORMULAS[3])  # fmt: skip
    ledger.post(first.reservations[1].reservation_id, "45000", as_of="2026-03-01")
    ledger.reserve(ENERGY, 2026, "20", holder=DISTRICT, project="=P2", parcel_id="=X-9", as_of="2026-03-02",
                   expires="2026-03-15")  # fmt: skip
    ledger.issue(ENERGY, 2026, "7", account="city", as_of="2026-06-01")


def named(sample, address, folder):
    """The sample's run file with one key more."""
    path = sample.parent / f"RUN-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}.yaml"
    path.write_text(sample.read_text("utf-8") + f"\nledger: {json.dumps(str(address))}\n", "utf-8")
    return path


@pytest.fixture(scope="module", params=["zh", "en"])
def made(request, sample, tmp_path_factory):
    folder = tmp_path_factory.mktemp(f"ledger-{request.param}")
    with create_ledger(str(folder / "quotas.db")) as ledger:
        fill(ledger)
        result = run(named(sample, folder / "quotas.db", folder), today=TODAY, output=folder / "out", lang=request.param)
        yield request.param, ledger, result.folder


def chapters(folder):
    """The sections of the report: id to text, as a reader sees it."""
    page = (folder / "report.html").read_text("utf-8")
    parts = re.findall(r'<section id="([a-z-]+)">(.*?)</section>', page, re.DOTALL)
    return {name: html.unescape(re.sub("<[^>]*>", "", part)) for name, part in parts}


def sheets(folder):
    return {sheet.title: list(sheet.iter_rows()) for sheet in openpyxl.load_workbook(folder / "workbook.xlsx")}


def test_the_sheets_are_the_entries_added_up(made):
    lang, ledger, folder = made
    balance, statement = ("指标平衡", "记账明细") if lang == "zh" else ("Quota balance", "Entries")
    found = sheets(folder)
    heads = [cell.value for cell in found[balance][0]]
    level, left = (heads.index(name) for name in (("层级", "余额") if lang == "zh" else ("level", "balance")))
    energy = "能耗指标（等价值）" if lang == "zh" else "Energy quota (equivalent value)"
    sums = {
        row[level].value: Decimal(str(row[left].value)) for row in found[balance][1:] if row[heads.index(
            "种类" if lang == "zh" else "kind")].value == energy
    }  # fmt: skip
    words = ("区级", "已预留", "项目已用") if lang == "zh" else ("district", "reserved", "used by projects")
    # 60,000 reserved, of which 45,000 used and 15,000 given back; 20 reserved; the 7 of June are not there yet.
    assert sums == dict(zip(words, (Decimal(54980), Decimal(20), Decimal(45000)), strict=True))
    entries = ledger.statement()
    assert len(found[statement]) == 1 + (entries["as_of"] <= "2026-03-31").sum() == len(entries)
    assert len(found["各区域支用" if lang == "zh" else "Drawn by zone"]) == 1 + 3


def test_text_of_a_ledger_is_never_a_formula_or_markup(made):
    _, _, folder = made
    book = openpyxl.load_workbook(folder / "workbook.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    texts = {cell.value for cell in cells if cell.data_type == "s"}
    assert {*FORMULAS, MARKUP, "=P2", "=X-9"} <= texts
    assert not [cell.value for cell in cells if cell.data_type == "f" and any(one in str(cell.value) for one in (*FORMULAS, "P2"))]
    read = Page((folder / "report.html").read_text("utf-8"))
    assert not read.errors and not read.handlers
    assert chapters(folder)["quotas"].count(MARKUP) >= 2
    for name in ("report.html", "map.html"):
        page = (folder / name).read_text("utf-8")
        assert "<script>alert" not in page and "<img src=x" not in page


def test_chapter_map_and_manifest_name_the_state_of_the_ledger(made):
    lang, ledger, folder = made
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    entries = ledger.statement()
    assert manifest["ledger"] == {
        "address": "quotas.db", "as_of": "2026-03-31", "entries_count": len(entries),
        "head_hash": entries["hash"].iloc[-1], "later_entries_count": 1,
    }  # fmt: skip
    chapter = chapters(folder)["quotas"]
    for words in (entries["hash"].iloc[-1][:16], "54,980.000", "45,000.000", "4.500000", "=X-9"):
        assert words in chapter, words
    assert ("尚未核实" if lang == "zh" else "not verified") in chapter
    assert ("已到期" if lang == "zh" else "over") in chapter
    report = (folder / "report.html").read_text("utf-8")
    assert report.count('aria-labelledby="chart-quota-') == 2
    assert entries["hash"].iloc[-1] in re.sub(r"\s", "", chapters(folder)["inputs"])
    page = (folder / "map.html").read_text("utf-8")
    assert "54,980" not in page and '"45,000.000"' in page and entries["hash"].iloc[-1][:16] in page


def test_without_the_key_nothing_is_said_and_the_same_run_gives_the_same_bytes(sample, tmp_path):
    with create_ledger(str(tmp_path / "quotas.db")) as ledger:
        fill(ledger)
    path = named(sample, tmp_path / "quotas.db", tmp_path)
    first, second, bare = (
        run(file, today=TODAY, output=tmp_path / name).folder
        for file, name in ((path, "a"), (path, "b"), (sample, "c"))
    )
    for file in ("map.html", "report.html", "workbook.xlsx", "findings.gpkg"):
        assert (first / file).read_bytes() == (second / file).read_bytes(), file
    assert (first / "findings.gpkg").read_bytes() == (bare / "findings.gpkg").read_bytes()
    assert "ledger" not in json.loads((bare / "manifest.json").read_text("utf-8"))
    assert 'id="quotas"' not in (bare / "report.html").read_text("utf-8")
    assert "zg-quotas" not in (bare / "map.html").read_text("utf-8")
    assert not {"指标平衡", "记账明细"} & set(sheets(bare))
    # All chapters but the one on quotas are the same.
    here, there = chapters(first), chapters(bare)
    assert set(here) - set(there) == {"quotas"}
    assert here["land"] == there["land"]


def command(*words):
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.output


def test_a_ledger_that_is_not_there_or_not_whole_stops_the_run(sample, tmp_path):
    path = named(sample, tmp_path / "quotas.db", tmp_path)
    code, said = command("run", path, "-o", tmp_path / "out", "--lang", "en")
    assert code == 3 and "quotas.db" in said and not (tmp_path / "out").exists()
    with create_ledger(str(tmp_path / "quotas.db")) as ledger:
        fill(ledger)
    with sqlite3.connect(tmp_path / "quotas.db") as connection:
        connection.execute("DROP TRIGGER zonegis_entries_no_update")
        connection.execute("UPDATE zonegis_entries SET reason = 'x' WHERE seq = 2")
    connection.close()
    code, said = command("run", path, "-o", tmp_path / "out", "--lang", "zh")
    assert code == 1 and "不完整" in said and not (tmp_path / "out").exists()


def test_a_run_says_what_is_left_and_gives_it_to_programs(sample, tmp_path):
    with create_ledger(str(tmp_path / "quotas.db")) as ledger:
        fill(ledger)
    path = named(sample, tmp_path / "quotas.db", tmp_path)
    code, said = command("run", path, "-o", tmp_path / "out")
    assert code == 0 and "能耗指标（等价值） 2026 年可用余额 54,980.000 tce" in said
    done = CliRunner().invoke(app, ["run", str(path), "-o", str(tmp_path / "out"), "--json"])
    found = json.loads(done.stdout)
    assert found["ledger"]["later_entries_count"] == 1
    assert {(row["kind"], row["level"]): row["balance"] for row in found["quotas"]}[ENERGY, "reserved"] == "20.000"


@pytest.mark.parametrize(("due", "is_overdue"), [("2026-03-30", True), ("2026-03-31", False)])
def test_what_is_owed_stands_beside_the_balance_in_report_and_workbook(sample, tmp_path, due, is_overdue):
    with create_ledger(str(tmp_path / "quotas.db")) as ledger:
        ledger.issue(ENERGY, 2026, "100", account="city", as_of="2026-01-05")
        loan = ledger.lend(ENERGY, 2026, "20", lender="city", borrower=DISTRICT, as_of="2026-01-06", due=due)
        undone = ledger.lend(ENERGY, 2026, "9", lender="city", borrower=DISTRICT, as_of="2026-01-07", due=due)
        ledger.reverse(3, as_of="2026-01-08", reason="-")
        ledger.repay(loan, "5", as_of="2026-02-01")
        # Of a day after the run's: not yet given back.
        ledger.repay(loan, "15", as_of="2026-04-01")
    code, said = command("run", named(sample, tmp_path / "quotas.db", tmp_path), "-o", tmp_path / "out")
    assert code == 0 and "尚欠 15.000 tce" in said and ("逾期 15.000 tce" in said) == is_overdue
    chapter = chapters(tmp_path / "out")["quotas"]
    assert "尚欠 15.000 tce" in chapter and loan in chapter and ("逾期 15.000 tce" in chapter) == is_overdue
    head, *rows = [[cell.value for cell in row] for row in sheets(tmp_path / "out")["周转暂借"]]
    found = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert (found[loan]["尚欠"], found[loan]["逾期"]) == (15, "是" if is_overdue else "否")
    assert (found[undone]["尚欠"], found[undone]["逾期"]) == (0, "否")


def test_a_password_stands_in_no_output(sample, tmp_path, postgres_address):
    with create_ledger(postgres_address) as ledger:
        fill(ledger)
    secret = postgres_address.replace("zonegis@", "zonegis:geheim42@", 1)
    result = run(named(sample, secret, tmp_path), today=TODAY, output=tmp_path / "out")
    manifest = json.loads((result.folder / "manifest.json").read_text("utf-8"))
    assert manifest["ledger"]["address"].startswith("postgresql")
    for file in result.folder.iterdir():
        assert b"geheim42" not in file.read_bytes(), file.name
    book = openpyxl.load_workbook(result.folder / "workbook.xlsx")
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if "geheim42" in str(cell.value)]
    unreachable = named(sample, "postgresql://bureau:geheim42@127.0.0.1:1/quotas", tmp_path / "x")
    code, said = command("run", unreachable, "-o", tmp_path / "out2")
    assert code == 3 and "geheim42" not in said
