"""Every row accounted for: known losses, planted faults that must be caught, and what a run file expects."""

import dataclasses
import datetime as dt
import json

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from shapely import box
from typer.testing import CliRunner

import gis.analyses.mixed_use
import gis.workflow.balances
import gis.workflow.trend
from gis.cli import app
from gis.errors import GateError, InputError
from gis.workflow import check_run, compute_run, evaluate_scenario, load_run_file, run, stream_areas, trend_run
from gis.workflow.run_file import Expected, Tables
from gis.workflow.starting import start_run_file

TODAY = dt.date(2026, 11, 24)
X, Y = 652_000.0, 3_467_000.0
RUN = """zonegis: 1
title: t
as_of: 2026-03-31
place: "310115"
lang: en
output: out
tables:
  approved_boundaries: {path: zone.gpkg}
  parcels: {path: parcels.gpkg}
  land_use: {path: land_use.gpkg}
  green_spaces: {path: green.gpkg}
  buildings: {path: buildings.csv}
  parcel_events: {path: events.csv}
checks:
  accept: [{code: parcel-outside, reason: made so}, {code: layer-overlap, reason: made so},
           {code: reference-unknown, reason: made so}, {code: category-unknown, reason: made so},
           {code: field-missing, reason: made so}, {code: value-missing, reason: made so}]
"""


def at(west, south, east, north):
    return box(X + west, Y + south, X + east, Y + north)


def write(folder, name, shapes, **columns):
    gpd.GeoDataFrame(columns, geometry=shapes, crs=4549).to_file(folder / f"{name}.gpkg")


@pytest.fixture
def zone(tmp_path):
    """A zone of 200 m by 100 m with two parcels, and one parcel outside it."""
    write(tmp_path, "zone", [at(0, 0, 200, 100)], zone_id=["Z"], zone_name=["z"], boundary_quality=["synthetic"])
    parcels = [at(0, 0, 100, 100), at(100, 0, 190, 100), at(300, 0, 400, 100)]
    write(tmp_path, "parcels", parcels, parcel_id=["A", "B", "C"], land_use_scheme=["mnr_2023"] * 3,
          land_use_code=["1001"] * 3)  # fmt: skip
    patches = [at(0, 0, 100, 100), at(100, 0, 190, 100), at(190, 0, 200, 100), at(110, 10, 120, 20)]
    write(tmp_path, "land_use", patches, patch_id=["1", "2", "3", "4"], land_use_scheme=["mnr_2023"] * 4,
          land_use_code=["1001", "1101", "1207", "1001"])  # fmt: skip
    write(tmp_path, "green", [at(0, 0, 50, 50), at(191, 0, 199, 9)], green_id=["a", "b"], green_kind=["attached"] * 2)
    buildings = {"building_id": list("123456"), "parcel_id": ["A", "A", "B", "B", "C", "X"],
                 "land_use_scheme": ["mnr_2023"] * 6, "land_use_code": ["1001", "1101", "1001", None, "1001", "1001"],
                 "floor_area_m2": [100, 50, 70, 30, 10, 10], "floors_count": [1] * 6}  # fmt: skip
    pd.DataFrame(buildings).to_csv(tmp_path / "buildings.csv", index=False)
    events = [("A", "2020-01-10", "supplied"), ("A", "2026-05-01", "completed"), ("C", "2020-01-10", "supplied"),
              ("X", "2020-01-10", "supplied"), ("B", "2020-01-10", "sold")]  # fmt: skip
    pd.DataFrame(events, columns=["parcel_id", "event_date", "event_kind"]).assign(value="").to_csv(
        tmp_path / "events.csv", index=False
    )  # fmt: skip
    (tmp_path / "RUN.yaml").write_text(RUN, "utf-8")
    return tmp_path


#: What the zone above was made to hold: table → file, used, left out by reason.
KNOWN = {
    "approved_boundaries": (1, 1, {}),
    "parcels": (3, 2, {"outside_boundary": 1}),
    "land_use": (4, 2, {"in_no_parcel": 1, "covered_by_others": 1}),
    "green_spaces": (2, 1, {"in_no_parcel": 1}),
    "buildings": (6, 2, {"floor_area_incomplete": 2, "outside_boundary": 1, "parcel_unknown": 1}),
    "parcel_events": (5, 1, {"after_as_of": 1, "kind_unknown": 1, "outside_boundary": 1, "parcel_unknown": 1}),
}


def edit(folder, **expect):
    lines = "".join(f"  {name}: {value}\n" for name, value in expect.items())
    (folder / "RUN.yaml").write_text(RUN + f"expect:\n{lines}", "utf-8")
    return folder / "RUN.yaml"


def test_every_row_has_its_place_or_its_reason(zone):
    result = run(zone / "RUN.yaml", today=TODAY)
    found = {name: (a.in_file, a.used, dict(a.left_out)) for name, a in result.measured.accounts.items()}
    assert found == KNOWN
    inputs = {entry["table"]: entry for entry in json.loads((zone / "out/manifest.json").read_text("utf-8"))["inputs"]}
    assert {name: (e["rows_in_file"], e["rows_used"], e["rows_left_out"]) for name, e in inputs.items()} == KNOWN
    page = (zone / "out/report.html").read_text("utf-8")
    assert "Where every row went" in page
    assert "1 wholly under other shapes of the layer" in page
    sheet = pd.read_excel(zone / "out/workbook.xlsx", sheet_name="Inputs", header=None).astype(str)
    assert sheet.apply(lambda column: column.str.contains("1 outside the approved boundary")).to_numpy().any()


def test_the_commands_say_where_rows_went(zone):
    checked = CliRunner().invoke(app, ["check", str(zone / "RUN.yaml"), "--lang", "en"])
    assert "rows: 6 table(s), 21 in the files, 21 read" in checked.output
    assert "parcels cover 95.00% of the approved boundary" in checked.output
    done = CliRunner().invoke(app, ["run", str(zone / "RUN.yaml"), "--lang", "zh"])
    assert "parcels：文件 3 行，读取 3 行，使用 2 行；未使用：在批准范围之外 1 行" in done.output
    assert "approved_boundaries：文件" not in done.output, "a line only where something was left out"


READERS = {
    "check": lambda path: check_run(path, today=TODAY),
    "trend": lambda path: trend_run(path, (dt.date(2026, 3, 31),), today=TODAY),
    "scenario": lambda path: evaluate_scenario(path, today=TODAY),
}


@pytest.mark.parametrize("reads", list(READERS))
def test_a_reader_that_loses_a_row_stops_everything_that_reads_it(zone, monkeypatch, reads):
    whole = pyogrio.read_arrow

    def losing(path, *args, **kwargs):
        meta, table = whole(path, *args, **kwargs)
        return meta, table.slice(0, len(table) - 1) if "green" in str(path) else table

    monkeypatch.setattr(pyogrio, "read_arrow", losing)
    with pytest.raises(InputError, match=r"green_spaces: green\.gpkg holds 2 row.*yet 1 were read"):
        READERS[reads](zone / "RUN.yaml")


def test_a_batch_reader_that_loses_a_row_stops_areas(zone, monkeypatch):
    stream_areas(load_run_file(zone / "RUN.yaml"), zone / "whole")
    inputs = json.loads((zone / "whole/manifest.json").read_text("utf-8"))["inputs"]
    assert [(entry["table"], entry["rows_in_file"], entry["rows"]) for entry in inputs] == [
        ("approved_boundaries", 1, 1), ("parcels", 3, 3), ("land_use", 4, 4), ("green_spaces", 2, 2),
    ]  # fmt: skip
    real = gis.workflow.streaming.read_batches

    def losing(path, table, **options):
        for batch in real(path, table, **options):
            yield batch.iloc[:-1] if table == "land_use" else batch

    monkeypatch.setattr(gis.workflow.streaming, "read_batches", losing)
    with pytest.raises(InputError, match=r"land_use: land_use\.gpkg holds 4 row.*yet 3 were read"):
        stream_areas(load_run_file(zone / "RUN.yaml"), zone / "areas")


def test_a_filter_between_reading_and_figures_is_caught(zone, monkeypatch):
    for name in ("cover_green", "cover_land_use"):
        real = getattr(gis.workflow.balances, name)
        monkeypatch.setattr(
            gis.workflow.balances, name, lambda frame, *rest, real=real: real(frame, *rest).iloc[1:]
        )  # fmt: skip
    with pytest.raises(InputError, match=r"land_use: of 4 row.*rows 1 are neither"):
        compute_run(zone / "RUN.yaml", today=TODAY)
    with pytest.raises(InputError, match=r"green_spaces: of 2 row"):
        evaluate_scenario(zone / "RUN.yaml", today=TODAY)


def test_a_parcel_that_an_analysis_drops_is_caught(zone, monkeypatch):
    real = gis.workflow.balances.evaluate_idle_land
    monkeypatch.setattr(
        gis.workflow.balances, "evaluate_idle_land",
        lambda land, *args, **kw: real(land[land["parcel_id"] != "B"], *args, **kw),
    )  # fmt: skip
    monkeypatch.setattr(gis.workflow.balances, "check_invariants", lambda *args: [])  # the areas would say so too
    with pytest.raises(InputError, match=r"parcels: of 3 row.*rows 2 are neither"):
        compute_run(zone / "RUN.yaml", today=TODAY)


def test_a_building_that_the_floor_areas_drop_is_caught(zone, monkeypatch):
    real = gis.analyses.mixed_use._floor_areas
    monkeypatch.setattr(gis.analyses.mixed_use, "_floor_areas", lambda frame: real(frame.iloc[1:]))
    with pytest.raises(InputError, match=r"buildings: of 6 row.*rows 1, 2 are neither"):
        compute_run(zone / "RUN.yaml", today=TODAY)


def test_what_is_expected_and_there_passes(zone):
    path = edit(zone, **{name: known[0] for name, known in KNOWN.items()}, land_share_at_least=0.95)
    assert check_run(path, today=TODAY).issues.at_least("error") == []


@pytest.mark.parametrize("table", list(KNOWN))
def test_other_rows_than_expected_stop_the_run(zone, table):
    path = edit(zone, **{table: KNOWN[table][0] + 1})
    stopping = check_run(path, today=TODAY).issues.at_least("error")
    assert [(issue.code, issue.table) for issue in stopping] == [("expected-rows-differ", table)]
    assert table in stopping[0].text("zh")


def test_areas_hold_the_rows_against_what_is_expected(zone):
    with pytest.raises(GateError, match="expected-rows-differ"):
        stream_areas(load_run_file(edit(zone, parcels=4)), zone / "areas")


@pytest.mark.parametrize(("least", "codes"), [(0.949, []), (0.95, []), (0.9501, ["expected-land-share-missed"])])
def test_the_share_of_land_in_parcels_counts_ground_once(zone, least, codes):
    stopping = check_run(edit(zone, land_share_at_least=least), today=TODAY).issues.at_least("error")
    assert [issue.code for issue in stopping] == codes


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("expect: {parcel: 3}", "expect.parcel: unknown key"),
        ("expect: {parcels: -1}", "expect.parcels"),
        ("expect: {parcels: 3.0}", "expect.parcels"),
        ("expect: {parcels: true}", "expect.parcels"),
        ("expect: {land_share_at_least: 1.01}", "expect.land_share_at_least"),
        ("expect: {land_share_at_least: .nan}", "expect.land_share_at_least"),
        ("expect: {plan_units: 3}", "expect.plan_units: `tables` has no such table"),
    ],
)
def test_an_expectation_that_cannot_be_is_refused(zone, text, problem):
    (zone / "RUN.yaml").write_text(RUN + text, "utf-8")
    with pytest.raises(InputError, match=problem.replace(".", r"\.")):
        load_run_file(zone / "RUN.yaml")


@pytest.mark.parametrize("code", ["expected-rows-differ", "expected-land-share-missed"])
def test_an_expectation_is_corrected_and_not_accepted(zone, code):
    (zone / "RUN.yaml").write_text(RUN.replace("accept: [", f"accept: [{{code: {code}, reason: r}}, "), "utf-8")
    with pytest.raises(InputError, match="correct `expect`"):
        load_run_file(zone / "RUN.yaml")


def test_every_table_can_be_expected():
    assert set(Expected.model_fields) == {*Tables.model_fields, "land_share_at_least"}


def test_init_writes_what_the_files_hold(zone):
    files = {"approved_boundaries": "zone.gpkg", "parcels": "parcels.gpkg", "parcel_events": "events.csv"}
    start_run_file(
        {table: zone / name for table, name in files.items()}, target=zone / "MINE.yaml",
        as_of=dt.date(2026, 3, 31), place="310115",
    )  # fmt: skip
    assert load_run_file(zone / "MINE.yaml").expect.rows() == {
        "approved_boundaries": 1, "parcels": 3, "parcel_events": 5,
    }  # fmt: skip


LARGE = "land-not-in-parcels-large"


@pytest.mark.parametrize(
    ("east", "code"), [(150.01, "land-not-in-parcels"), (150.0, "land-not-in-parcels"), (149.99, LARGE)]
)
def test_land_in_no_parcel_above_the_declared_share_must_be_accepted(zone, east, code):
    """A quarter of the zone is 50 m of its 200."""
    write(zone, "parcels", [at(0, 0, 100, 100), at(100, 0, east, 100)], parcel_id=["A", "B"])
    issues = check_run(zone / "RUN.yaml", today=TODAY).issues
    assert [issue.code for issue in issues if issue.code.startswith("land-not-in")] == [code]
    assert [issue.code for issue in issues.at_least("error")] == ([LARGE] if code == LARGE else [])


def test_land_in_no_parcel_passes_with_a_reason_or_another_tolerance(zone):
    write(zone, "parcels", [at(0, 0, 100, 100)], parcel_id=["A"])
    with pytest.raises(GateError, match=LARGE):
        run(zone / "RUN.yaml", today=TODAY)
    assert not (zone / "out").exists()
    accepted = RUN.replace("accept: [", f"accept: [{{code: {LARGE}, reason: not yet parcelled}}, ")
    (zone / "RUN.yaml").write_text(accepted, "utf-8")
    run(zone / "RUN.yaml", today=TODAY)
    (zone / "RUN.yaml").write_text(
        RUN.replace("checks:\n", "checks:\n  tolerances: {land_not_in_parcels_ratio: 0.5}\n"), "utf-8"
    )  # fmt: skip
    assert check_run(zone / "RUN.yaml", today=TODAY).issues.at_least("error") == []


def test_rows_of_a_joined_table_are_accounted_for(zone):
    """Four rows: two of parcels of the layer, one of another id, one without an id."""
    (zone / "deeds.csv").write_text("id,legal_area_m2\nA,10000\nB,9000\nZ9,1\n,2\n", "utf-8")
    joined = RUN.replace("{path: parcels.gpkg}", "{path: parcels.gpkg, join: {path: deeds.csv, key: id}}")
    (zone / "RUN.yaml").write_text(joined, "utf-8")
    loaded = check_run(zone / "RUN.yaml", today=TODAY)
    account = loaded.accounts["parcels+join"]
    assert (account.in_file, account.read, account.used) == (4, 4, 2)
    assert account.left_out == {"id_missing": 1, "no_feature": 1}
    entry = next(entry for entry in loaded.inputs if entry["path"] == "deeds.csv")
    assert (entry["rows_in_file"], entry["rows_used"], len(entry["sha256"])) == (4, 2, 64)


def test_a_row_that_the_join_loses_stops_the_run(zone, monkeypatch):
    import gis.readers.tables

    right = gis.readers.tables.read_attributes

    def losing(*given, **named):
        frame, evidence = right(*given, **named)
        return frame.iloc[:-1], evidence

    (zone / "deeds.csv").write_text("id,legal_area_m2\nA,10000\nB,9000\n", "utf-8")
    joined = RUN.replace("{path: parcels.gpkg}", "{path: parcels.gpkg, join: {path: deeds.csv, key: id}}")
    (zone / "RUN.yaml").write_text(joined, "utf-8")
    monkeypatch.setattr(gis.readers.tables, "read_attributes", losing)
    with pytest.raises(InputError, match=r"deeds\.csv"):
        check_run(zone / "RUN.yaml", today=TODAY)


def test_rows_flagged_as_deleted_are_an_issue(zone):
    """GDAL passes over them without a word; their shapes are still in the file."""
    gpd.read_file(zone / "green.gpkg").to_file(zone / "green.shp")
    content = bytearray((zone / "green.dbf").read_bytes())
    content[int.from_bytes(content[8:10], "little")] = ord("*")
    (zone / "green.dbf").write_bytes(content)
    (zone / "RUN.yaml").write_text(RUN.replace("green.gpkg", "green.shp"), "utf-8")
    loaded = check_run(zone / "RUN.yaml", today=TODAY)
    found = [issue for issue in loaded.issues if issue.code == "rows-deleted"]
    assert [(issue.table, issue.facts["count"], issue.severity.value) for issue in found] == [
        ("green_spaces", 1, "warning")
    ]
    for lang in ("en", "zh"):
        assert "green.shp" in found[0].text(lang)
        assert "{" not in found[0].text(lang)


def test_a_trend_says_which_rows_its_days_rest_on(zone):
    days = (dt.date(2020, 1, 1), dt.date(2026, 3, 31))
    loaded, _ = trend_run(zone / "RUN.yaml", days, today=TODAY)
    told = {table: (account.used, dict(account.left_out)) for table, account in loaded.accounts.items()}
    assert told["approved_boundaries"] == (1, {})
    assert told["parcels"] == (2, {"outside_boundary": 1})
    assert told["parcel_events"] == (
        1, {"after_as_of": 1, "kind_unknown": 1, "outside_boundary": 1, "parcel_unknown": 1}
    )  # fmt: skip
    assert told["green_spaces"] == (0, {"not_used": 2})
    assert {entry["table"]: entry["rows_used"] for entry in loaded.inputs}["parcels"] == 2


def test_a_parcel_that_a_trend_lost_on_the_way_stops_it(zone, monkeypatch):
    made = gis.workflow.trend.trend_of_idle_land
    monkeypatch.setattr(
        gis.workflow.trend, "trend_of_idle_land",
        lambda *args, **options: dataclasses.replace(made(*args, **options), parcel_rows=(1,)),
    )  # fmt: skip
    with pytest.raises(InputError, match="parcels"):
        trend_run(zone / "RUN.yaml", (dt.date(2026, 3, 31),), today=TODAY)
