"""Fixtures of the map tests: a made-up zone and its map, drawn once."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from gis.maps import draw_map


def load_made_zone():
    """Load the builder of the zone, which is no test module and on no path."""
    spec = importlib.util.spec_from_file_location("made_zone", Path(__file__).with_name("made_zone.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules["made_zone"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def made():
    return load_made_zone()


@pytest.fixture(scope="session")
def zone(made):
    return made.make_zone(60)


@pytest.fixture(scope="session")
def draw():
    """Draw a zone with all its balances and layers; any argument can be replaced."""

    def drawn(zone, **changes):
        parts = {"parcels": zone.parcels, "idle": zone.idle, "green": zone.green, "mix": zone.mix, **zone.layers()}
        parts |= changes
        return draw_map(parts.pop("parcels"), **parts)

    return drawn


@pytest.fixture(scope="session")
def page(zone, draw) -> str:
    return draw(zone).get_root().render()
