"""What is said of land whose file is silent, contradicts itself or leaves a cause open: never another's route."""

import datetime as dt
import re

import geopandas as gpd
import pandas as pd
import pytest
from read_block import read_block
from shapely import box

from gis.workflow import compute_run, explain_parcel, run

TODAY = dt.date(2026, 11, 24)
X, Y = 652_000.0, 3_467_000.0
RUN = """zonegis: 1
title: t
as_of: 2026-03-31
place: "310114"
lang: {lang}
output: out_{lang}
tables:
  approved_boundaries: {{path: zone.gpkg}}
  parcels: {{path: parcels.gpkg}}
  parcel_events: {{path: events.csv}}
"""
WAITS = {"agreed_commencement_date": "2020-01-15", "construction_state": "not_started", "delivery_date": "2019-06-01"}
OWN = WAITS | {"delay_cause": "enterprise_cause", "land_price_cny": 1e7}
PARCELS = {
    "stopped": {"agreed_commencement_date": "2020-01-15", "suspension_date": "2022-01-01", "developed_area_m2": 0.0,
                "land_to_develop_m2": 1e4, "delay_cause": "enterprise_cause"},
    "silent": {"agreed_commencement_date": "2019-01-01", "delay_cause": "enterprise_cause"},
    "after": WAITS, "endless": WAITS, "counted": WAITS,
    "late": WAITS | {"delay_cause": "none", "delivery_date": "2023-06-01"},
    "undelivered": WAITS | {"delay_cause": "none", "delivery_date": None},
    "undated": {"delivery_date": "2023-01-01", "construction_state": "not_started"},
    "idle": OWN, "found": OWN, "hoarded": OWN,
    "checked": OWN | {"construction_state": None},
}  # fmt: skip
EVENTS = [
    ("after", "2024-06-01", "government_cause", "2", "2024-12-31"),
    ("endless", "2015-03-01", "government_cause", "5", None),
    ("counted", "2020-03-01", "government_cause", "5", "2020-03-31"),
    ("found", "2022-01-01", "idle_finding", None, None),
    ("hoarded", "2022-01-01", "idle_finding", None, None),
    ("hoarded", "2022-02-01", "hoarding_decision", None, None),
    ("checked", "2026-02-01", "not_commenced", None, None),
]
#: parcel → what explain must say, in Chinese and English.
SAID = {
    "stopped": ("推断：中止（恢复）开发的记录说明曾经施工", "inference: the record of a suspension"),
    "silent": ("没有已动工或未动工的记录", "No record that work did or did not begin"),
    "after": ("2024-06-01 起，始于已闲置之日或之后", "from 2024-06-01, on or after the day the land was already idle"),
    "endless": ("2015-03-01 至 ?，首日或末日未记载", "2015-03-01 to ?; first or last day not recorded"),
    "counted": ("2020-03-01 至 2020-03-31，在限期届满前涵盖 31 天", "31 days covered before the limit"),
    "late": ("交地晚于约定动工日期 1233 天（第八条第（一）项）", "delivered 1233 days after the agreed start (art. 8(1))"),
    "undelivered": ("没有交地记录；如尚未交地", "no delivery on record; if not delivered"),
    "undated": ("动工日期约定情况", "Agreement on the start"),
    "idle": ("均无记录", "neither is on record"),
    "found": ("须有恶意囤地、炒地的认定；没有记录", "from a decision that the holder hoards or speculates; none is on record"),
    "hoarded": ("不得抵押", "no mortgage"),
    "checked": ("按参数 P3M 视为未动工至 2026-05-01", "by the parameter P3M taken not to have begun until 2026-05-01"),
}
TOLD = {"fee": ("征缴土地闲置费（", "idle-land fee (art. 14(1))"), "reclaim": ("无偿收回（", "free reclaim (art. 14(2))"),
        "article_12": ("按第十二条处置", "disposal under art. 12"), "bar": ("不得转让", "no transfer")}  # fmt: skip
#: parcel → what is stated of it; nothing else of these may be.
STATED = {"counted": {"article_12"}, "idle": {"reclaim"}, "found": {"reclaim"}, "hoarded": {"reclaim", "bar"},
          "checked": {"reclaim"}}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("causes")
    shapes = [box(X + 100 * n, Y, X + 100 * n + 100, Y + 100) for n in range(len(PARCELS))]
    whole = box(X, Y, X + 100 * len(PARCELS), Y + 100)
    zone = {"zone_id": ["Z"], "zone_name": ["z"], "boundary_quality": ["synthetic"]}
    gpd.GeoDataFrame(zone, geometry=[whole], crs=4549).to_file(made / "zone.gpkg")
    own = {"zone_id": "Z", "land_use_scheme": "mnr_2023", "land_use_code": "100101", "supply_status": "supplied"}
    rows = pd.DataFrame([{"parcel_id": key} | own | facts for key, facts in PARCELS.items()])
    for name in (name for name in rows if name.endswith("_date")):
        rows[name] = pd.to_datetime(rows[name])
    gpd.GeoDataFrame(rows, geometry=shapes, crs=4549).to_file(made / "parcels.gpkg")
    columns = ["parcel_id", "event_date", "event_kind", "value", "last_date"]
    pd.DataFrame(EVENTS, columns=columns).to_csv(made / "events.csv", index=False)
    for lang in ("zh", "en"):
        (made / f"{lang}.yaml").write_text(RUN.format(lang=lang), "utf-8")
    return made


@pytest.fixture(scope="module")
def explained(folder):
    loaded, measured = compute_run(folder / "zh.yaml", today=TODAY)
    return {
        (key, lang): explain_parcel(loaded, measured, key, lang=lang) for key in PARCELS for lang in ("zh", "en")
    }


@pytest.mark.parametrize("key", PARCELS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_explain_says_from_what_and_no_more(explained, key, lang):
    lines = explained[key, lang]
    end = next((at for at, line in enumerate(lines) if re.match("下列事件如有记录|what would change it", line)), None)
    said = "\n".join(lines[:end])
    assert SAID[key][lang == "en"] in said
    stated = {name for name, texts in TOLD.items() if texts[lang == "en"] in said}
    assert stated == STATED.get(key, set())


def test_nothing_hypothetical_puts_suspended_land_under_another_route(explained):
    assert not any("第十二条处置，" in line for line in explained["stopped", "zh"])


def test_report_and_map_say_the_same(folder):
    result = run(folder / "zh.yaml", today=TODAY)
    page = (result.folder / "report.html").read_text("utf-8")
    columns = read_block((result.folder / "map.html").read_text("utf-8"), "parcels")["columns"]
    ids = columns["id"]["rows"]
    for key, column in (("after", "cause"), ("endless", "cause"), ("counted", "cause"), ("late", "cause"),
                        ("undelivered", "cause"), ("idle", "bar"), ("found", "bar"), ("silent", "ground")):  # fmt: skip
        drawn = columns[column]["rows"][ids.index(key)]
        for said, told in zip(SAID[key], drawn, strict=True):
            assert said in told, (key, told)
        assert SAID[key][0] in page or column == "ground", key
    assert columns["cause"]["rows"][ids.index("idle")] == ""
