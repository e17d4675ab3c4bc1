"""The invariants run on every run: their residuals are in the manifest, and one that fails stops it."""

import datetime as dt
import json

import pytest

import gis.workflow.balances as balances
from gis.errors import TopologyError
from gis.workflow import compute_run, load_run_file, run, write_sample_run
from gis.workflow.invariants import check_invariants

DAY, TODAY = dt.date(2026, 3, 31), dt.date(2026, 11, 24)
NAMES = {
    "Σ status + contested = parcels", "supplied + approved + undetermined + contested supply = parcels",
    "Σ lines = parcels", "Σ lines of supplied land = supplied",
    "Σ claims − claimed by several = parcels", "parcels + remainder = zone",
    "classified + unclassified + contested = parcels", "in the indices + left out = classified",
    "Σ verdicts + contested = parcels", "Σ green ≤ parcels",
    "Σ pieces in zones + outside = parcel", "green_ratio: Σ pieces ≤ parcel", "mixed_use: Σ pieces ≤ parcel",
}  # fmt: skip


@pytest.fixture(scope="module")
def zone(tmp_path_factory):
    """A sample whose boundary cuts its outer parcels."""
    import geopandas as gpd

    run_file = write_sample_run(tmp_path_factory.mktemp("zone") / "z", parcels=60, seed=1, as_of=DAY)
    file = run_file.parent / "approved_boundaries.gpkg"
    boundary = gpd.read_file(file)
    boundary.set_geometry(boundary.buffer(-40, join_style="mitre")).to_file(file)
    text = run_file.read_text("utf-8").replace("accept: []", "accept: [{code: parcel-outside, reason: cut on purpose}]")
    run_file.write_text(text, "utf-8")
    return run_file


@pytest.fixture(scope="module")
def computed(zone):
    return compute_run(zone, today=TODAY)


@pytest.mark.parametrize("basis", ["planar", "ellipsoidal"])
def test_all_of_them_are_in_the_manifest(zone, tmp_path, basis):
    declared = load_run_file(zone).model_copy(update={"area_basis": basis})
    result = run(declared, today=TODAY, output=tmp_path / "out")
    manifest = json.loads((result.folder / "manifest.json").read_text("utf-8"))
    assert {entry["invariant"] for entry in manifest["invariants"]} == NAMES
    assert max(abs(entry["residual_m2"]) for entry in manifest["invariants"]) < 1e-3
    assert result.measured.land["outside_m2"].gt(1).any(), "some parcels are cut"


def test_a_parcel_whose_pieces_do_not_make_it_whole_stops_the_run(computed):
    loaded, measured = computed
    zones = measured.zones
    moved = measured.zones.set_geometry(zones.geometry.buffer(-1))
    short = balances.dataclasses.replace(measured, zones=moved)
    assert len(check_invariants(measured, loaded.tables["parcels"], "planar")) == len(NAMES)
    # Zones that lie on one another count a parcel's ground twice.
    import pandas as pd

    twice = pd.concat([zones, zones.assign(zone_id="again")], ignore_index=True)
    with pytest.raises(TopologyError, match="Σ pieces in zones"):
        check_invariants(balances.dataclasses.replace(measured, zones=twice), loaded.tables["parcels"], "planar")
    found = check_invariants(short, loaded.tables["parcels"], "planar")
    assert {entry["invariant"] for entry in found} == NAMES, "a smaller zone leaves more outside, no more"


def test_a_class_larger_than_its_parcel_stops_the_run(computed):
    loaded, measured = computed
    green = measured.balances["green_ratio"]
    worse = green.parcels.assign(green_m2=green.parcels["green_m2"].mask(green.parcels.index == 3, 1e9))
    wrong = measured.balances | {"green_ratio": balances.dataclasses.replace(green, parcels=worse)}
    with pytest.raises(TopologyError, match="green_ratio: Σ pieces ≤ parcel"):
        check_invariants(balances.dataclasses.replace(measured, balances=wrong), loaded.tables["parcels"], "planar")
