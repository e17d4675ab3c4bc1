"""Whether a page answers right (the tests of sizes ask it, too), and what it costs, which `bench_map` alone asks."""

from __future__ import annotations

import dataclasses
import random
import time
from pathlib import Path

import numpy as np
import shapely

POINT = """([x, y]) => {
  const at = ZoneGIS.page.map.mouseEventToLatLng({ clientX: x, clientY: y });
  return [at.lng, at.lat, Boolean(document.elementFromPoint(x, y).closest(".leaflet-control"))];
}"""
POPUP = "(() => { const h = document.querySelector('.leaflet-popup .zg-popup h2'); return h && h.textContent; })()"
CLOSE = """() => { const { map, popup, bounds } = ZoneGIS.page;
  map.closePopup(popup);
  map.fitBounds(bounds, { animate: false }); }"""
#: Points this near an edge may answer with either neighbour: coordinates are shown to 1e-6 degree.
UNSURE = 2e-6


@dataclasses.dataclass(frozen=True)
class Way:
    """How a page is asked: where a pixel is, what the popup says first, and how it is closed."""

    point: str = POINT
    popup: str = POPUP
    close: str = CLOSE


@dataclasses.dataclass(frozen=True)
class Answers:
    """Clicks on random interior points: those that named another parcel, and how long each took."""

    wrong: list[tuple]
    seconds: list[float]


def ask(page, parcels, *, count: int, seed: int, way: Way | None = None) -> Answers:
    """Click on pixels that lie inside a parcel; which should answer is found by another way, an STR-tree."""
    shapes = np.asarray(parcels.geometry.to_crs("EPSG:4326").array)
    tree, ids = shapely.STRtree(shapes), parcels["parcel_id"].to_numpy()
    rng, way = random.Random(seed), way or Way()
    box = page.locator(".folium-map").bounding_box()
    wrong, seconds = [], []
    while len(seconds) < count:
        x = rng.randrange(int(box["x"]) + 20, int(box["x"] + box["width"]) - 20)
        y = rng.randrange(int(box["y"]) + 20, int(box["y"] + box["height"]) - 20)
        lon, lat, on_control = page.evaluate(way.point, [x, y])
        point = shapely.Point(lon, lat)
        here = tree.query(point, predicate="within")
        if on_control or len(here) != 1 or shapely.distance(shapes[here[0]].boundary, point) < UNSURE:
            continue
        began = time.perf_counter()
        page.mouse.click(x, y)
        found = page.evaluate(way.popup)
        seconds.append(time.perf_counter() - began)
        if found != ids[here[0]]:
            wrong.append((found, ids[here[0]], lon, lat))
        page.evaluate(way.close)
    return Answers(wrong, seconds)


def shown_seconds(page) -> float:
    """Return when the whole zone was drawn, counted from the beginning of the navigation."""
    return page.evaluate("performance.getEntriesByName('zonegis-shown')[0].startTime / 1000")


def heap_mb(page) -> float:
    """Return the JavaScript heap that is in use after a collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return metrics["JSHeapUsedSize"] / 1e6


def renderer_mb(browser) -> float:
    """Return the resident memory of the largest renderer process of a browser."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return max(_resident_mb(process["id"]) for process in processes if process["type"] == "renderer")


def _resident_mb(process: int) -> float:
    try:
        status = Path(f"/proc/{process}/status").read_text("utf-8")
    except FileNotFoundError:
        return 0.0
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) * 1024 / 1e6
