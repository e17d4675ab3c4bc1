"""Areas in partitions: the rows of the whole, bit for bit, within a stated memory, from where they stopped."""

import datetime as dt
import json
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import gis
from gis.compute import write_partitions
from gis.errors import InputError, TopologyError
from gis.issues import IssueLog
from gis.overlay import area_balance, measure_zones, sum_by_zone
from gis.schema import land_use_groups
from gis.workflow import load_run_file, run, stream_areas, write_sample_run

DAY, TODAY = dt.date(2026, 3, 31), dt.date(2026, 11, 24)


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    """A sample zone with parcels over its boundary, doubled ground, and patches that overlap."""
    folder = tmp_path_factory.mktemp("zone") / "z"
    run_file = write_sample_run(folder, parcels=600, seed=3, as_of=DAY)
    rng = np.random.default_rng(1)
    for name, share, by in (("parcels", 0.05, 4.0), ("land_use", 0.2, 6.0), ("green_spaces", 0.2, 8.0)):
        frame = gpd.read_file(folder / f"{name}.gpkg")
        shapes = frame.geometry.to_numpy().copy()
        for position in rng.choice(len(shapes), int(share * len(shapes)), replace=False):
            shapes[position] = shapely.buffer(shapes[position], by, join_style="mitre")
        frame.set_geometry(shapes).to_file(folder / f"{name}.gpkg")
    boundary = gpd.read_file(folder / "approved_boundaries.gpkg")
    boundary.set_geometry(boundary.buffer(-25, join_style="mitre")).to_file(folder / "approved_boundaries.gpkg")
    return run_file


def whole(run_file):
    declared = load_run_file(run_file)
    read = {
        name: gis.read_table(declared.source(name).path, name, issues=IssueLog())
        for name in ("approved_boundaries", "parcels", "land_use", "green_spaces")
    }
    use = read["land_use"].assign(land_use_group=land_use_groups(read["land_use"]))
    zones = measure_zones(read["approved_boundaries"])
    layers = {"land_use": (use, "land_use_group"), "green_spaces": (read["green_spaces"], "green_kind")}
    return read, zones, area_balance(read["parcels"], zones, layers)


@pytest.mark.parametrize(("rows", "joined"), [(10_000, 100_000), (90, 100), (37, 599), (37, 600)])
def test_any_partition_gives_the_same_bits(spoilt, tmp_path, monkeypatch, rows, joined):
    monkeypatch.setattr("gis.workflow.streaming.JOINED_IDS", joined)
    _, zones, expected = whole(spoilt)
    found = stream_areas(load_run_file(spoilt), tmp_path / "out", partition_rows=rows)
    assert found.partitions_count == -(-600 // rows)
    table = pd.read_parquet(tmp_path / "out" / "areas.parquet")
    assert table["area_m2"].tolist() == expected["area_m2"].tolist()
    pd.testing.assert_frame_equal(table, expected, check_exact=True)
    pd.testing.assert_frame_equal(found.sums, sum_by_zone(expected, zones), check_exact=True)
    assert {"doubled", "class_overlap", "between_classes", "outside", "remainder"} <= set(table["term"])


def test_the_figures_add_up_and_shapes_agree(spoilt):
    read, zones, table = whole(spoilt)
    total = table.groupby("term")["area_m2"].sum()
    boundary = shapely.union_all(zones.geometry.array)
    parcels = read["parcels"].geometry.to_numpy()
    united = shapely.union_all(shapely.intersection(parcels, boundary))
    assert total["land"] - total["doubled"] == pytest.approx(united.area, abs=1e-3)
    assert total["land"] + total["outside"] == pytest.approx(shapely.area(parcels).sum(), abs=1e-3)
    gap = sum_by_zone(table, zones).set_index("term").loc["gap", "area_m2"]
    assert gap == pytest.approx(boundary.area - united.area, abs=1e-3)
    for layer in ("land_use", "green_spaces"):
        rows = table[table["layer"] == layer].groupby("term")["area_m2"].sum()
        covered = rows["class"] - rows.get("between_classes", 0.0)
        assert covered + rows.get("remainder", 0.0) == pytest.approx(total["land"], abs=1e-3)


def test_a_run_and_its_areas_agree(tmp_path):
    run_file = write_sample_run(tmp_path / "z", parcels=200, seed=2, as_of=DAY)
    sums = stream_areas(load_run_file(run_file), tmp_path / "out", partition_rows=60).sums
    zone = run(run_file, today=TODAY).measured.balances["green_ratio"].zones.iloc[0]
    attached = sums[(sums["layer"] == "green_spaces") & (sums["class"] == "attached")]["area_m2"].item()
    assert attached == pytest.approx(zone["green_m2"], abs=1e-3)


def test_it_goes_on_from_what_is_finished(spoilt, tmp_path, monkeypatch):
    import gis.workflow.streaming as streaming

    declared, calls, real = load_run_file(spoilt), [], streaming.area_balance

    def counted(*args, **kwargs):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(streaming, "area_balance", counted)
    with pytest.raises(KeyboardInterrupt):
        stream_areas(declared, tmp_path / "out", partition_rows=90)
    assert not (tmp_path / "out" / "areas.parquet").exists()
    stream_areas(declared, tmp_path / "out", partition_rows=90)
    assert len(calls) == 4 + 4, "three of seven were finished"
    manifest = (tmp_path / "out" / "manifest.json").read_bytes()
    assert json.loads(manifest)["second_method"]["largest_difference_m2"] > 0
    stream_areas(declared, tmp_path / "out", partition_rows=90)
    assert len(calls) == 8, "nothing changed, nothing is computed again"
    assert (tmp_path / "out" / "manifest.json").read_bytes() == manifest, "what was verified then is still said"


def test_doubled_ids_and_invalid_shapes_stop_it(spoilt, tmp_path):
    declared = load_run_file(spoilt)
    parcels = gpd.read_file(declared.source("parcels").path)
    source = declared.source("parcels").model_copy(update={"path": tmp_path / "p.gpkg"})
    changed = declared.model_copy(update={"tables": declared.tables.model_copy(update={"parcels": source})})
    parcels.assign(parcel_id=parcels["parcel_id"].replace("00000599", "00000001")).to_file(tmp_path / "p.gpkg")
    with pytest.raises(InputError, match="00000001"):
        stream_areas(changed, tmp_path / "a", partition_rows=90)
    west, south, east, north = parcels.geometry.iloc[7].bounds
    bow = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    shapes = parcels.geometry.to_numpy().copy()
    shapes[7] = bow
    parcels.set_geometry(shapes).to_file(tmp_path / "p.gpkg")
    with pytest.raises(TopologyError, match=parcels["parcel_id"].iloc[7]):
        stream_areas(changed, tmp_path / "b", partition_rows=90)
    assert not (tmp_path / "b" / "areas.parquet").exists()


def test_partitions_hold_every_row_once(spoilt, tmp_path):
    parcels = gpd.read_file(load_run_file(spoilt).source("parcels").path)[["parcel_id", "geometry"]]

    def batches():
        return (parcels.iloc[start : start + 70] for start in range(0, len(parcels), 70))

    made = write_partitions(batches, tmp_path / "p", rows=50, key="k")
    back = pd.concat([made.read(number) for number in range(len(made.files))])
    assert sorted(back["parcel_id"]) == sorted(parcels["parcel_id"])
    assert made.rows == (50,) * 12
    near = made.read_box(tuple(parcels.geometry.iloc[0].bounds))
    expected = parcels[shapely.intersects(shapely.box(*parcels.bounds.T.to_numpy()), shapely.box(*parcels.geometry.iloc[0].bounds))]
    assert sorted(near["parcel_id"]) == sorted(expected["parcel_id"])


def test_the_command(spoilt, tmp_path):
    words = [sys.executable, "-m", "gis.cli", "areas", str(spoilt), "-o", str(tmp_path / "out"), "--rows", "100", "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["partitions"] == 6
    assert "6/6" in done.stderr
    assert len(pd.read_parquet(tmp_path / "out" / "areas.parquet")) > 600


@pytest.mark.parametrize("name", ["parcels", "green_spaces", "land_use", "approved_boundaries"])
@pytest.mark.parametrize("lost", [None, shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])])
def test_a_row_without_a_usable_shape_is_never_left_out(tmp_path, name, lost):
    """One without a shape met no partition's box, and its ground was stated as not covered."""
    run_file = write_sample_run(tmp_path / "z", parcels=40, seed=3, as_of=DAY)
    frame = gpd.read_file(tmp_path / "z" / f"{name}.gpkg")
    shapes = [*frame.geometry]
    shapes[-1] = lost if lost is None else shapely.transform(lost, lambda xy: xy + frame.total_bounds[:2] + 1)
    extra = frame.iloc[-1:].set_geometry(shapes[-1:], crs=frame.crs)
    if name != "approved_boundaries":
        frame, extra = frame.set_geometry(shapes, crs=frame.crs), frame.iloc[:0]
    pd.concat([frame, extra] if len(extra) else [frame], ignore_index=True).to_file(tmp_path / "z" / f"{name}.gpkg")
    with pytest.raises(TopologyError, match="No area can be computed from 1 shape"):
        stream_areas(load_run_file(run_file), tmp_path / "out")
    assert not (tmp_path / "out" / "areas.parquet").exists()
