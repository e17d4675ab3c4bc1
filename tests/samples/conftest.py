"""One zone of 400 parcels and one of 40, read once."""

import datetime as dt

import geopandas as gpd
import pytest

from gis.samples import write_sample

AS_OF = dt.date(2026, 3, 31)


def read_layers(files):
    read = gpd.read_parquet if next(iter(files.values())).suffix == ".parquet" else gpd.read_file
    return {table: read(path) for table, path in files.items()}


@pytest.fixture(scope="session")
def layers_of(tmp_path_factory):
    made = {}

    def layers(parcels, seed=1, as_of=AS_OF):
        key = (parcels, seed, as_of)
        if key not in made:
            folder = tmp_path_factory.mktemp("zone")
            made[key] = read_layers(write_sample(folder, parcels=parcels, seed=seed, as_of=as_of))
        return made[key]

    return layers
