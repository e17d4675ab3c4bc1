import datetime as dt

import numpy as np
import pytest
import shapely

from gis.errors import InputError
from gis.samples import make_sample, write_sample
from gis.samples.layout import Grid

DAY = dt.date(2026, 3, 31)


@pytest.mark.parametrize("parcels", [40, 400, 4400])
def test_the_ground_is_a_partition(parcels):
    chunks = list(make_sample(parcels=parcels, seed=1, as_of=DAY))
    land = np.concatenate([chunk["parcels"].geometry.to_numpy() for chunk in chunks])
    patches = np.concatenate([chunk["land_use"].geometry.to_numpy() for chunk in chunks])
    boundary = Grid(parcels // 8).boundary()
    assert len(land) == parcels
    assert shapely.is_valid(land).all() and shapely.is_valid(patches).all() and boundary.is_valid
    assert shapely.coverage_is_valid(land)
    assert float(shapely.area(patches).sum()) == pytest.approx(boundary.area, rel=1e-9)
    assert shapely.union_all(patches).symmetric_difference(boundary).area < 1e-3


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    first = write_sample(tmp_path / "a", parcels=80, seed=5, as_of=DAY)
    second = write_sample(tmp_path / "b", parcels=80, seed=5, as_of=DAY)
    for name in first:
        assert first[name].read_bytes() == second[name].read_bytes()


def test_statistics_do_not_depend_on_size():
    def shares(parcels):
        chunks = make_sample(parcels=parcels, seed=2, as_of=DAY)
        states = np.concatenate([chunk["parcels"]["construction_state"].fillna("–").to_numpy() for chunk in chunks])
        return {name: float((states == name).mean()) for name in sorted(set(states))}

    assert shares(40) == pytest.approx(shares(4400))


def test_too_small_a_sample_is_refused(tmp_path):
    with pytest.raises(InputError, match="40"):
        write_sample(tmp_path / "a", parcels=8, as_of=DAY)
