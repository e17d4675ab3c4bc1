"""One figure, one text a unit: what a run prints on its console, in its files and pages is collected and compared."""

from __future__ import annotations

import collections
import datetime as dt
import random
import re
import subprocess
import sys
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import openpyxl
import pytest

from gis.areas import ha_text, m2_text, mu_text, percent_beside, percent_text
from gis.maps import prepare_sheet, static_map
from gis.reports.frames import column_label
from gis.reports.words import Voice
from gis.workflow import compute_run
from gis.workflow.explaining import explain_parcel
from gis.workflow.maps import _around, _balances, compare_days

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LOADED = "document.readyState === 'complete'"
UNITS = {"m²": "m2", "公顷": "ha", "亩": "mu", "%": "percent"}
AMOUNT = re.compile(r"(-?[\d,]+\.\d+)\s*(m²|公顷|亩|%)")
ROWS = """(table) => Array.from(document.querySelectorAll(table + " tbody tr"), (tr) =>
  [tr.getAttribute("data-class"), ...Array.from(tr.children, (cell) => cell.textContent)])"""
POPUP = """() => Array.from(document.querySelectorAll(".leaflet-popup dt"), (dt) =>
  [dt.textContent, dt.nextSibling.textContent])"""


class Printed:
    """Every amount as it was printed: (figure, unit) → text → the faces that print it so."""

    def __init__(self):
        self.texts = collections.defaultdict(lambda: collections.defaultdict(set))

    def add(self, face, figure, unit, text):
        figure = figure.replace("_area_m2", "_m2").replace(
            "/green_shortfall", "/shortfall"
        )  # the column, and its figure
        self.texts[figure, unit][text.replace("−", "-")].add(face)

    def amounts(self, face, figure, text):
        for number, unit in AMOUNT.findall(text):
            self.add(face, figure, UNITS[unit], number)

    def clashes(self):
        return {key: dict(texts) for key, texts in self.texts.items() if len(texts) > 1}

    def faces(self, figure, unit):
        figure = figure.replace("_area_m2", "_m2")
        return set().union(*self.texts[figure, unit].values())


def displayed(value, number_format) -> tuple[str, str] | None:
    """Return what a spreadsheet shows of a number: fifteen digits of it, rounded half up, by the cell's format."""
    match = re.fullmatch(r"(#,##)?0(?:\.(0+))?(%?)", number_format)
    if match is None or not isinstance(value, int | float):
        return None
    number = Decimal(f"{value:.15g}") * (100 if match[3] else 1)
    digits = len(match[2] or "")
    shown = abs(number).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    text = f"{shown:,}" if match[1] else str(shown)
    return ("-" if number < 0 and shown else "") + text, match[3] or "m²"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("rounding") / "sample"
    subprocess.run(
        [sys.executable, "-m", "gis.cli", "sample", str(place), "--parcels", "400", "--seed", "1"], check=True,
        capture_output=True,
    )  # fmt: skip
    return place


@pytest.fixture(scope="module")
def console(folder) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "gis.cli", "run", str(folder / "RUN.yaml")], check=True, capture_output=True, text=True,
        encoding="utf-8", env={**__import__("os").environ, "COLUMNS": "300"},
    )  # fmt: skip
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def state(folder, console):
    return compute_run(folder / "RUN.yaml", today=dt.date(2026, 11, 24))


@pytest.fixture(scope="module")
def zone_id(state) -> str:
    return state[1].balances["idle_land"].zones["zone_id"].iloc[0]


@pytest.fixture(scope="module")
def parcel_id(state) -> str:
    table = state[1].balances["idle_land"].parcels
    return table.loc[table["status"] == "idle", "parcel_id"].iloc[0]


@pytest.fixture(scope="module")
def printed(folder, console, state, zone_id, parcel_id, open_page) -> Printed:
    found = Printed()
    of_console(found, console, zone_id)
    of_report(found, open_page(folder / "results" / "report.html", wait=LOADED), parcel_id)
    of_workbook(found, folder / "results" / "workbook.xlsx", state[1], parcel_id)
    of_map(found, open_page(folder / "results" / "map.html"), zone_id, parcel_id)
    of_sheet(found, state, zone_id)
    page = folder / "comparison.html"
    compare_days(*state, dt.date(2024, 3, 31), lang="zh").save(page)
    of_comparison(found, open_page(page), zone_id)
    area = next(line for line in explain_parcel(*state, parcel_id) if "m²" in line)
    found.amounts("explain", f"parcel/{parcel_id}/area_m2", area)
    return found


def of_console(found, console, zone_id):
    patterns = {
        "idle_m2": r"闲置土地 (\S+ 公顷)", "idle_recognisable_m2": r"可认定闲置 (\S+ 公顷)", "undetermined_m2": r"待定 (\S+ 公顷)",
    }  # fmt: skip
    for name, pattern in patterns.items():
        found.amounts("console", f"idle_land/{zone_id}/{name}", re.search(pattern, console)[1])
    found.amounts("console", f"green_ratio/{zone_id}/zone_green_ratio", re.search(r"绿地率 ([\d.]+%)", console)[1])
    found.amounts("console", f"green_ratio/{zone_id}/shortfall_m2", re.search(r"缺口 (\S+ m²)", console)[1])


def of_report(found, opened, parcel_id):
    cells = opened.read(
        """() => Array.from(document.querySelectorAll("[data-figure]"), (cell) =>
             [cell.dataset.figure, cell.dataset.unit || "", cell.innerText])"""
    )
    assert len(cells) > 20
    for figure, unit, text in cells:
        if unit:
            found.add("report", figure, unit, text.strip())
        elif figure.endswith("/zone_green_ratio"):
            found.amounts("report", figure, text.splitlines()[0])
            found.amounts("report", figure.replace("zone_green_ratio", "shortfall_m2"), text.splitlines()[1])
        else:
            own = [
                line for line in text.replace("%", "% ").splitlines() if "%" not in line
            ]  # a share is another figure
            found.amounts("report", figure, "\n".join(own))
    listed = opened.read(
        """(id) => Array.from(document.querySelectorAll("tbody tr"), (tr) => Array.from(tr.children, (td) => td.innerText))
             .filter((cells) => cells[0].split("\\n")[0] === id && cells[1].includes("亩")).map((cells) => cells[1])""",
        parcel_id,
    )
    assert listed
    for text in listed:
        m2, _, rest = text.partition("\n")
        found.add("report", f"parcel/{parcel_id}/area_m2", "m2", m2.strip())
        found.amounts("report", f"parcel/{parcel_id}/area_m2", rest)


def of_workbook(found, path, measured, parcel_id):
    book = openpyxl.load_workbook(path)
    balances = {"闲置土地与低效用地": "idle_land", "绿地率": "green_ratio", "用途混合": "mixed_use"}
    for row in book["指标"].iter_rows(min_row=2, max_col=5):
        if str(row[3].value).endswith(("_m2", "_ratio")) and row[4].value is not None:
            text, unit = displayed(row[4].value, row[4].number_format)
            found.add("workbook", f"{balances[row[0].value]}/{row[1].value}/{row[3].value}", UNITS[unit], text)
    of_zone_sheets(found, book, measured)
    of_parcel_sheets(found, book, parcel_id)


def of_zone_sheets(found, book, measured):
    for title, balance in (("土地-区域", "idle_land"), ("绿地-区域", "green_ratio"), ("混合-区域", "mixed_use")):
        heads = {column_label(name, Voice("zh")): name for name in measured.balances[balance].zones}
        for row in book[title].iter_rows(min_row=2):
            for head, cell in zip(book[title][1], row, strict=True):
                name = heads.get(head.value) or heads.get(str(head.value).removesuffix("（m²）"), "")
                if name.endswith(("_m2", "_ratio")) and cell.value is not None:
                    text, unit = displayed(cell.value, cell.number_format)
                    name = "zone_green_ratio" if name == "green_ratio" else name
                    found.add("zone sheet", f"{balance}/{row[0].value}/{name}", UNITS[unit], text)


def of_parcel_sheets(found, book, parcel_id):
    head_of = {sheet.title: [cell.value for cell in sheet[1]] for sheet in book}
    areas = 0
    for sheet in book:
        for place, head in enumerate(head_of[sheet.title]):
            if head and str(head).startswith("面积") and "m²" in str(head):
                for row in sheet.iter_rows(min_row=2):
                    if str(row[0].value) == parcel_id and (
                        shown := displayed(row[place].value, row[place].number_format)
                    ):
                        found.add("workbook", f"parcel/{parcel_id}/area_m2", "m2", shown[0])
                        areas += 1
    assert areas, head_of


def of_map(found, opened, zone_id, parcel_id):
    for key, _, _, ha in opened.read(ROWS, "#zg-classes"):
        found.add("legend", f"idle_land/{zone_id}/{key}_m2", "ha", ha)
    opened.read("(id) => { ZoneGIS.findParcel(ZoneGIS.page.parcels.placeOf(id)); }", parcel_id)
    opened.wait_until("document.querySelector('.leaflet-popup dt') !== null")
    found.amounts("popup", f"parcel/{parcel_id}/area_m2", next(text for _, text in opened.read(POPUP) if "亩" in text))


def of_sheet(found, state, zone_id):
    loaded, measured = state
    sheet = prepare_sheet(measured.land, *_balances(measured), **_around(loaded, measured))
    figure = static_map.draw_static_map(sheet, view="status", lang="en")
    words = [item for axes in figure.axes for item in axes.texts]
    for item in sheet.views["status"].classes:
        label = next(text for text in words if text.get_text().replace("\n", " ") == item["words"][1])
        ha = next(text for text in words if text.get_position() == (1.0, label.get_position()[1]))
        found.add("sheet", f"idle_land/{zone_id}/{item['key']}_m2", "ha", ha.get_text())


def of_comparison(found, opened, zone_id):
    for key, _, _, second in opened.read(ROWS, "#zc-classes"):
        found.amounts("comparison", f"idle_land/{zone_id}/{key}_m2", second)


def test_every_amount_of_a_run_has_one_text_a_unit(printed, zone_id, parcel_id):
    assert printed.clashes() == {}
    compared = [key for key, texts in printed.texts.items() if len(set().union(*texts.values())) > 1]
    assert len(compared) > 30
    everywhere = {"console", "report", "legend", "sheet", "comparison"}
    assert everywhere <= printed.faces(f"idle_land/{zone_id}/idle_recognisable_m2", "ha")
    assert {"report", "workbook", "zone sheet"} <= printed.faces(f"idle_land/{zone_id}/idle_recognisable_m2", "m2")
    assert {"console", "report", "workbook"} <= printed.faces(f"green_ratio/{zone_id}/zone_green_ratio", "percent")
    assert {"report", "workbook", "popup", "explain"} <= printed.faces(f"parcel/{parcel_id}/area_m2", "m2")
    assert {"report", "popup"} <= printed.faces(f"parcel/{parcel_id}/area_m2", "mu")


def test_idle_land_that_had_four_texts_has_one(printed, zone_id):
    figure = f"idle_land/{zone_id}/idle_recognisable_m2"
    assert [list(printed.texts[figure, unit]) for unit in ("m2", "ha")] == [["90,355.48"], ["9.0355"]]


def test_a_face_that_rounds_by_itself_is_seen(state, zone_id, printed, monkeypatch):
    again = Printed()
    for key, texts in printed.texts.items():
        for text, faces in texts.items():
            again.texts[key][text] |= faces
    monkeypatch.setattr(static_map, "ha_text", lambda area: f"{area / 1e4:,.2f}")
    of_sheet(again, state, zone_id)
    assert (f"idle_land/{zone_id}/idle_recognisable_m2", "ha") in again.clashes()


@pytest.fixture(scope="module")
def in_javascript(browser):
    page = browser.new_page()
    page.goto("about:blank")
    script = Path(static_map.__file__).with_name("assets") / "words.js"
    page.evaluate(f"() => {{ {script.read_text('utf-8')} }}")
    yield lambda name, values: page.evaluate(
        "([name, values]) => values.map((value) => ZoneGIS.words[name].apply(null, [].concat(value)))", [name, values]
    )
    page.close()


def amounts() -> list[float]:
    """Return amounts of every size, among them ties of each unit and their neighbours on the grid of mm²."""
    chance = random.Random(14)
    values = [round(chance.uniform(-1, 1) * 10 ** chance.randint(-6, 9), 6) for _ in range(4000)]
    for whole in (chance.randint(0, 10**7) for _ in range(500)):
        for tie in (whole + 0.005, whole + 0.5, round((whole + 0.5) * 20 / 3, 6), whole + 0.125):
            values += [tie, -tie, round(tie + 1e-6, 6), round(tie - 1e-6, 6)]
    return [*values, 0.0, -0.0, 0.0000005, 1e-7, -1e-7, 1.005, 2.675, 90355.4777, 90355.5, 123456789.005]


@pytest.mark.parametrize(("name", "python"), [("m2", m2_text), ("hectares", ha_text), ("mu", mu_text)])
def test_the_browser_writes_areas_as_python_does(in_javascript, name, python):
    values = amounts()
    assert in_javascript(name, values) == [python(value) for value in values]


def test_the_browser_writes_ratios_as_python_does(in_javascript):
    chance = random.Random(15)
    ratios = [round(chance.random(), chance.randint(2, 16)) for _ in range(4000)]
    ratios += [0.12345, 0.00005, 0.199996, 0.2, 0.19999999, 0.2000000001, 1.0, 0.0]
    assert in_javascript("percent", ratios) == [percent_text(ratio) for ratio in ratios]
    pairs = [[ratio, 0.2] for ratio in [*ratios, *(0.2 + chance.uniform(-1, 1) * 10.0**-n for n in range(3, 12))]]
    assert in_javascript("percent", pairs) == [percent_beside(*pair) for pair in pairs]
