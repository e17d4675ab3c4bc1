"""Events come as CSV, workbook or GeoPackage table, with Chinese names, and without shapes."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from gis.issues import IssueLog
from gis.readers import likely_table, read_table

COLUMNS = {
    "地块编号": ["001", "001", "1"],
    "事件日期": ["2020-01-15", "2021-01-15T00:00:00+08:00", "2022年3月1日"],
    "事件类型": ["供地", "中止开发", "investment_counted"],
    "事件值": [None, None, "12,000.5"],
    "文号": ["沪示例1号", None, None],
}


def written(path):
    frame = pd.DataFrame(COLUMNS)
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    elif path.suffix == ".xlsx":
        frame.to_excel(path, index=False, sheet_name="events")
    else:
        shapes = [Point(0, 0)] * 3 if path.stem == "points" else None
        import pyogrio

        data = frame if shapes is None else gpd.GeoDataFrame(frame, geometry=shapes, crs=4549)
        pyogrio.write_dataframe(data, path, layer="events")
    return path


@pytest.mark.parametrize("name", ["events.csv", "events.xlsx", "events.gpkg", "points.gpkg"])
def test_events_are_read_the_same_from_every_format(tmp_path, name):
    log = IssueLog()
    events = read_table(written(tmp_path / name), "parcel_events", issues=log)
    assert not hasattr(events, "geom_type")
    assert events["parcel_id"].tolist() == ["001", "001", "1"]
    assert events["event_date"].dt.strftime("%F").tolist() == ["2020-01-15", "2021-01-15", "2022-03-01"]
    assert events["event_kind"].tolist() == ["supplied", "suspended", "investment_counted"]
    assert events["value"].iloc[2] == "12,000.5"
    assert events["document"].iloc[0] == "沪示例1号"
    assert events["source_row"].tolist() == [1, 2, 3]
    assert set(events["source_file"]) == {name}
    assert [issue.code for issue in log if issue.severity.value == "error"] == []


def test_a_log_of_events_is_known_by_its_columns():
    assert likely_table(list(COLUMNS))[0] == "parcel_events"
