"""A run with a log of events: read, checked, used; contradictions stop it; without one nothing differs."""

import datetime as dt

import geopandas as gpd
import pandas as pd
import pytest

from gis.errors import GateError
from gis.workflow import check_run, compute_run, explain_parcel, run, start_run_file, write_sample_run

TODAY, DAY = dt.date(2026, 11, 24), dt.date(2026, 3, 31)
HEAD = ["地块编号", "事件日期", "事件类型", "事件值", "文号"]


LOG = "  parcel_events: {path: parcel_events.csv, encoding: utf-8}\n"


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The sample without its own log."""
    target = write_sample_run(tmp_path_factory.mktemp("zone") / "z", parcels=60, seed=1, as_of=DAY)
    content = target.read_text("utf-8").replace('place: "310115"', 'place: "310113"')  # where underused land is defined
    target.write_text(content, "utf-8")
    assert LOG in content
    plain = target.with_name("RUN-plain.yaml")
    lines = (line for line in content.replace(LOG, "").splitlines() if not line.startswith("expect:"))
    plain.write_text("\n".join(lines) + "\n", "utf-8")
    return plain


@pytest.fixture(scope="module")
def parcels(sample):
    return gpd.read_file(sample.parent / "parcels.gpkg")


@pytest.fixture(scope="module")
def plain(sample):
    return compute_run(sample, today=TODAY)[1].balances["idle_land"]


def with_events(sample, rows, name="RUN-events.yaml"):
    """Write a run file beside the sample's that names a log of these rows."""
    log = sample.with_name(f"{name}.csv")
    pd.DataFrame(rows, columns=HEAD).to_csv(log, index=False)
    target = sample.with_name(name)
    content = sample.read_text("utf-8").replace("output: results", f"output: results-{name}")
    content = content.replace("\nchecks:", f"  parcel_events: {{path: {log.name}}}\n\nchecks:")
    target.write_text(content, "utf-8")
    return target


def of_status(plain, status, route=None):
    table = plain.parcels[plain.parcels["status"] == status]
    return table[table["route"] == route]["parcel_id"].iloc[0] if route else table["parcel_id"].iloc[0]


def mirrored(parcels):
    """The dated columns of the parcels as a log: the same facts told twice."""
    columns = {"supply_date": "supplied", "delivery_date": "delivered", "commencement_date": "commenced",
               "suspension_date": "suspended", "completion_date": "completed", "production_date": "in_production"}  # fmt: skip
    return [
        (record["parcel_id"], str(record[column])[:10], kind, None, None)
        for record in parcels.to_dict("records")
        for column, kind in columns.items()
        if not pd.isna(record[column])
    ]


def test_the_same_facts_told_twice_change_nothing(sample, parcels, plain):
    loaded, measured = compute_run(with_events(sample, mirrored(parcels), "RUN-mirror.yaml"), today=TODAY)
    assert {issue.code for issue in loaded.issues if issue.table == "parcel_events"} == {"encoding-proved"}
    balance = measured.balances["idle_land"]
    pd.testing.assert_frame_equal(balance.parcels, plain.parcels)
    assert [(f.name, f.value) for f in balance.figures] == [(f.name, f.value) for f in plain.figures]


def test_the_sample_s_own_log_agrees_with_its_columns(sample, plain):
    loaded, measured = compute_run(sample.with_name("RUN.yaml"), today=TODAY)
    assert len(loaded.tables["parcel_events"]) > 20
    assert [issue.code for issue in loaded.issues if issue.table == "parcel_events"] == []
    # Yearly figures and decisions have no column: what they say of underused land is in the log alone.
    found = measured.balances["idle_land"].parcels
    told = [name for name in found.columns if name.startswith("underused")]
    pd.testing.assert_frame_equal(found.drop(columns=told), plain.parcels.drop(columns=told))
    turned = plain.parcels.loc[found["underused"] != plain.parcels["underused"], "underused"]
    assert set(turned) == {"undetermined"}
    assert set(measured.balances["idle_land"].notes) - set(plain.notes) == {"idle.note_log"}


def test_events_change_the_parcels_they_are_of_and_no_other(sample, plain):
    overdue, stopped = of_status(plain, "idle", "fee"), of_status(plain, "idle_recognisable")
    rows = [
        (overdue, "2026-01-10", "第十二条处置协议", "2026-12-01", "示例补充协议1号"),
        (stopped, "2026-03-01", "恢复开发", None, None),
        (stopped, "2026-06-01", "中止开发", None, None),
    ]
    target = with_events(sample, rows)
    with pytest.raises(GateError, match="event-contradicts-field"):  # the column still says that it stands still
        compute_run(target, today=TODAY)
    accepted = "accept: [{code: event-contradicts-field, reason: the log is newer}]"
    target.write_text(target.read_text("utf-8").replace("accept: []", accepted), "utf-8")
    loaded, measured = compute_run(target, today=TODAY)
    codes = {issue.code for issue in loaded.issues if issue.table == "parcel_events"}
    assert codes == {"encoding-proved", "events-after-date", "event-contradicts-field"}
    found = measured.balances["idle_land"].parcels.set_index("parcel_id")
    before = plain.parcels.set_index("parcel_id")
    assert found.loc[overdue, "status"] == "approved_not_built"
    assert found.loc[overdue, "clock_start_ground"] == "clock_article_12"
    assert (found.loc[stopped, "status"], found.loc[stopped, "ground"]) == ("under_construction", "ground_building")
    others = found.index.difference([overdue, stopped])
    pd.testing.assert_frame_equal(found.loc[others], before.loc[others])


def test_a_contradiction_stops_the_run_with_parcel_row_and_fix(sample, parcels):
    started = parcels[parcels["commencement_date"].notna()].iloc[0]
    target = with_events(sample, [(started["parcel_id"], "2001-01-01", "commenced", None, None)], "RUN-wrong.yaml")
    with pytest.raises(GateError, match="event-contradicts-field"):
        run(target, today=TODAY)
    issue = next(i for i in check_run(target, today=TODAY).issues if i.code == "event-contradicts-field")
    assert (issue.ids, issue.rows, issue.severity.value) == ((started["parcel_id"],), (1,), "error")
    assert issue.found == str(started["commencement_date"])[:10]
    assert issue.expected == "2001-01-01"
    assert "commencement_date" in issue.fix("en")
    assert "commencement_date" in issue.fix("zh")


def test_events_of_unknown_parcels_stop_the_run(sample):
    target = with_events(sample, [("1", "2024-01-01", "commenced", None, None)], "RUN-unknown.yaml")
    with pytest.raises(GateError, match="reference-unknown"):
        run(target, today=TODAY)


def test_a_run_writes_routes_and_early_warnings(sample, plain):
    overdue = of_status(plain, "idle", "fee")
    target = with_events(sample, [(overdue, "2026-03-15", "fee_served", "123456.78", "示例决定1号")], "RUN-out.yaml")
    result = run(target, today=TODAY)
    routes = gpd.read_file(result.folder / "findings.gpkg", layer="idle_land_routes").set_index("parcel_id")
    row = routes.loc[overdue]
    assert (row["route"], row["fee_served_date"], row["payment_due_date"]) == ("fee", "2026-03-15", "2026-04-14")
    assert row["fee_cny"] == round(row["land_price_cny"] * 0.2, 2)
    coming = gpd.read_file(result.folder / "findings.gpkg", layer="idle_land_early_warnings")
    due = coming[coming["parcel_id"] == overdue].set_index("event")
    assert (due.loc["payment_due", "days_left"], due.loc["payment_due", "window_days"]) == (14, 30)
    assert set(coming["window_days"]) <= {30, 90, 180, 365}
    assert (coming["days_left"] <= coming["window_days"]).all()
    assert coming["days_left"].min() > 0
    entry = next(entry for entry in result.loaded.inputs if entry["table"] == "parcel_events")
    assert (entry["rows"], entry["crs"]) == (1, "")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_explain_names_events_fee_and_what_would_change_it(sample, plain, lang):
    overdue = of_status(plain, "idle", "fee")
    target = with_events(sample, [(overdue, "2026-03-15", "fee_served", "1000", "示例决定1号")], "RUN-explain.yaml")
    loaded, measured = compute_run(target, today=TODAY)
    said = "\n".join(explain_parcel(loaded, measured, overdue, lang=lang))
    for part in ("2026-03-15", "示例决定1号", "RUN-explain.yaml.csv", "20.00%", "2026-04-14", "2027-03-31"):
        assert part in said, part
    words = {
        "zh": ("闲置费决定送达", "动工开发 → 在建", "政府原因"),
        "en": ("fee served", "commenced → Under construction", "art. 12"),
    }
    for part in words[lang]:
        assert part in said, part


def test_a_run_file_can_be_started_with_a_log_and_asks_no_system_for_it(sample, plain):
    files = {name: sample.parent / f"{name}.gpkg" for name in ("approved_boundaries", "parcels")}
    files["parcel_events"] = sample.parent / "parcel_events.csv"
    target = sample.with_name("RUN-started.yaml")
    content, questions = start_run_file(files, target=target, as_of=DAY, place="310115")
    assert questions == []
    assert "crs:" not in content.partition("parcel_events:")[2]
    balance = compute_run(target, today=TODAY)[1].balances["idle_land"]
    assert balance.parcels["status"].tolist() == plain.parcels["status"].tolist()
