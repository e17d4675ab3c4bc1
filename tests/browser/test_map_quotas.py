"""Quotas on the map: what zones draw stands beside it in both languages, what parcels draw is a theme of its own."""

import datetime as dt
import json

import pytest

from gis.ledgers import Need, Project, book_project, create_ledger
from gis.workflow import run, write_sample_run

pytestmark = pytest.mark.browser
ENERGY, DISTRICT = "energy_equal_value", "district:310115"
DAY = dt.date(2026, 3, 31)
ROWS = """() => Array.from(document.querySelectorAll("#zg-quotas tr"), (row) =>
     Array.from(row.children, (cell) => cell.textContent))"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quotas")
    file = write_sample_run(folder / "z", parcels=40, seed=1, as_of=DAY)
    with create_ledger(str(folder / "quotas.db")) as ledger:
        ledger.issue(ENERGY, 2026, "100000", account=DISTRICT, as_of="2026-01-05")
        for number, quantity in (("00000001", "60000"), ("00000005", "2000"), ("<b>X", "7")):
            need = Need(ENERGY, 2026, quantity, (DISTRICT,))
            book_project(ledger, Project(f"P{number}", number, (need,)), as_of="2026-02-01", expires="2026-08-01")
        ledger.post("R00000002-1", "45000", as_of="2026-03-01")
    file.write_text(file.read_text("utf-8") + f"\nledger: {json.dumps(str(folder / 'quotas.db'))}\n", "utf-8")
    return run(file, today=dt.date(2026, 11, 24), output=folder / "out").map


def test_zones_and_parcels_show_what_they_draw(open_page, path):
    opened = open_page(path)
    # 60,000 were reserved: 45,000 used, 15,000 given back.
    assert opened.read(ROWS)[0] == ["种类", "已预留", "已使用"]
    assert [row for row in opened.read(ROWS) if len(row) == 3][1:] == [
        ["能耗指标（等价值），2026 年（tce）", "2,000.000", "45,000.000"],
        ["能耗指标（等价值），2026 年（tce）", "7.000", "—"],
    ]
    assert "尚未核实" in opened.read("() => document.getElementById('zg-quotas').textContent")
    opened.page.click("#zg-lang-en")
    told = opened.read("() => document.getElementById('zg-quotas').textContent")
    assert "Parcels that are not in this run" in told and "not verified" in told and "种类" not in told
    assert opened.read("() => document.querySelectorAll('#zg-quotas').length") == 1
    opened.page.check(f"#zg-view-quota_{ENERGY}_2026")
    classes = opened.read("() => ZoneGIS.page.views[ZoneGIS.page.view].classes.map((one) => [one.words[1], one.count])")
    assert classes == [["2,000.000", 1], ["45,000.000", 1], ["Draws no quota", 38]]
    assert not opened.refused and not opened.complaints


def test_paper_has_the_table_too(open_page, path):
    opened = open_page(path)
    opened.read("() => ZoneGIS.toPaper()")
    # What is not verified is said on paper as well.
    for part in ("#zg-quotas table", "#zg-quotas p >> nth=-1"):
        box = opened.page.locator(part).bounding_box()
        assert box and box["height"] > 10, part
