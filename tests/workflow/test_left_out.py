"""No output of a run rests on rows that were left out: what may be accepted is still refused where it is measured."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.errors import GisError
from gis.workflow import check_run, run, write_sample_run

TODAY = dt.date(2026, 11, 24)
ACCEPTED = """checks:
  accept:
    - {code: geometry-self-touching, reason: test}
    - {code: geometry-zero-area, reason: test}
    - {code: shapes-left-out, reason: test}
    - {code: parcel-outside, reason: test}
    - {code: land-not-in-parcels-large, reason: test}
"""
TOUCHING = [(0, 0), (20, 0), (20, 20), (10, 20), (15, 10), (5, 10), (10, 20), (0, 20)]
FLAT = [(0, 0), (20, 0), (10, 0)]


@pytest.mark.parametrize("name", ["approved_boundaries", "parcels", "green_spaces", "land_use"])
@pytest.mark.parametrize("ring", [TOUCHING, FLAT])
def test_a_run_that_accepts_rows_without_ground_writes_nothing(tmp_path, name, ring):
    run_file = write_sample_run(tmp_path / "z", parcels=40, seed=1, as_of=dt.date(2026, 3, 31))
    path = tmp_path / "z" / f"{name}.gpkg"
    frame = gpd.read_file(path)
    corner = frame.geometry.iloc[-1].representative_point()
    odd = shapely.transform(shapely.Polygon(ring), lambda xy: xy + np.array([corner.x, corner.y]))
    key = {"approved_boundaries": "zone_id", "parcels": "parcel_id", "green_spaces": "green_id", "land_use": "patch_id"}
    extra = frame.iloc[-1:].set_geometry([odd], crs=frame.crs)
    extra = extra if name == "approved_boundaries" else extra.assign(**{key[name]: "odd"})
    pd.concat([frame, extra], ignore_index=True).to_file(path)
    text = "\n".join(line for line in run_file.read_text("utf-8").splitlines() if not line.startswith("expect:")) + "\n"
    sound = text[text.index("checks:") :].split("\n\n")[0].split("\nrules")[0]
    run_file.write_text(text.replace(sound, ACCEPTED), "utf-8")
    codes = {issue.code for issue in check_run(run_file, today=TODAY).issues}
    assert "shapes-left-out" in codes
    assert codes & {"geometry-self-touching", "geometry-zero-area"}
    with pytest.raises(GisError, match="No area can be computed"):
        run(run_file, today=TODAY, output=tmp_path / "out")
    assert not (tmp_path / "out").exists()
