"""Fixtures of the map tests: a made-up zone and its map, drawn once."""

from __future__ import annotations

import made_zone
import pytest

from gis.maps import draw_map


@pytest.fixture(scope="session")
def made():
    return made_zone


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
