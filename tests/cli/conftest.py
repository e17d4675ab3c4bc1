"""A sound small zone that each test spoils in one way, and the command line to run it with."""

from __future__ import annotations

import geopandas as gpd
import pytest
from typer.testing import CliRunner

from gis.cli import app
from gis.workflow import write_sample_run

FILES = (
    "approved_boundaries.gpkg", "parcels.gpkg", "land_use.gpkg", "green_spaces.gpkg", "buildings.gpkg",
    "plan_units.gpkg", "parcel_events.csv",
)  # fmt: skip


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    import datetime as dt

    return write_sample_run(tmp_path_factory.mktemp("zone") / "z", parcels=40, seed=1, as_of=dt.date(2026, 3, 31))


@pytest.fixture
def zonegis():
    """The command, as a user calls it: exit code and everything it printed, in one line."""

    def call(*words):
        done = CliRunner().invoke(app, [str(word) for word in words])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, " ".join(done.output.split())

    return call


class Zone:
    """A copy of the sample's run file whose tables can be replaced, one by one."""

    def __init__(self, sample, folder):
        self.sample, self.folder = sample, folder
        self.run_file = folder / "RUN.yaml"
        # Tables of other sizes are put in its place.
        text = "\n".join(line for line in sample.read_text("utf-8").splitlines() if not line.startswith("expect:")) + "\n"
        for name in FILES:
            text = text.replace(f"path: {name}", f'path: "{(sample.parent / name).as_posix()}"')
        self.run_file.write_text(text, "utf-8")

    def table(self, name):
        return gpd.read_file(self.sample.parent / f"{name}.gpkg")

    def change(self, old, new):
        text = self.run_file.read_text("utf-8")
        assert old in text
        self.run_file.write_text(text.replace(old, new), "utf-8")

    def use(self, name, path):
        self.change(f'path: "{(self.sample.parent / f"{name}.gpkg").as_posix()}"', f'path: "{path.name}"')

    def put(self, name, frame, suffix=".gpkg", **how):
        path = self.folder / f"{name}{suffix}"
        frame.to_file(path, **how)
        self.use(name, path)
        return path

    def left(self):
        """What lies in the folder beside inputs: nothing half-written may."""
        return sorted(path.name for path in self.folder.iterdir() if path.name.startswith(("results", ".")))


@pytest.fixture
def zone(sample, tmp_path):
    return Zone(sample, tmp_path)
