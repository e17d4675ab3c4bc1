"""What each target costs at least: an exact curve of straight pieces, with who stops at each corner."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from gis.errors import SchemaError
from gis.scenarios.impossible import find_contradictions
from gis.scenarios.problem import Problem
from gis.schema import text
from gis.writing import atomic_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Corner", "Frontier", "cost_frontier", "draw_frontier", "write_frontier"]

Lang = Literal["en", "zh"]


@dataclasses.dataclass(frozen=True)
class Corner:
    """A corner of the curve.

    Attributes
    ----------
    green_m2, ratio, cost_cny
        The green of the whole zone, its share of the land, and the least cost of that.
    price_cny_m2
        Of each m² more, to the right; None at the end.
    stopped
        Parcels that reach their ceiling here.
    """

    green_m2: Fraction
    ratio: Fraction
    cost_cny: Fraction
    price_cny_m2: Fraction | None
    stopped: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Frontier:
    """The curve of one zone, from the green that costs least to all that can be reached."""

    zone_id: str
    target_ratio: Fraction
    corners: tuple[Corner, ...]

    def cost(self, green_m2: Fraction) -> Fraction | None:
        """Return the least cost of an amount of green; None beyond what can be reached."""
        if green_m2 > self.corners[-1].green_m2:
            return None
        before = [corner for corner in self.corners if corner.green_m2 <= green_m2]
        if not before:
            return self.corners[0].cost_cny
        last = before[-1]
        return last.cost_cny + (last.price_cny_m2 or Fraction(0)) * (green_m2 - last.green_m2)

    def to_frame(self) -> pd.DataFrame:
        """Return a row a corner."""
        rows = [
            {"zone_id": self.zone_id, "green_m2": float(corner.green_m2), "target_ratio": float(corner.ratio),
             "least_cost_cny": float(corner.cost_cny),
             "price_cny_m2": None if corner.price_cny_m2 is None else float(corner.price_cny_m2),
             "reaches_ceiling": ";".join(corner.stopped)} for corner in self.corners
        ]  # fmt: skip
        return pd.DataFrame(rows).astype({"price_cny_m2": "float64"})


def cost_frontier(problem: Problem, zone_id: str) -> Frontier:
    """Return the least cost of every target of a zone, exactly.

    Each parcel starts at the least cost it can have; from there green is added where a m² is cheapest,
    parcel by parcel: the optimum of every target, for no m² can be exchanged for a cheaper one. The
    corners are where a parcel reaches its ceiling.

    Parameters
    ----------
    problem
        The question; its targets and objective do not matter here.
    zone_id
        The zone.

    Raises
    ------
    SchemaError
        With fixed charges or least patches, where the curve has jumps and is no sum of straight pieces; with a
        contradiction at a parcel; for an unknown zone or one without land; where converted roofs count, for another
        target converts them from other green and up to another cap.

    Examples
    --------
    >>> from gis.scenarios import ParcelChoice, ZoneTarget
    >>> of = lambda name, top, cost: ParcelChoice(name, "Z", *map(Fraction, (100, 0, 0, 0, top)), Fraction(cost))
    >>> zone = ZoneTarget("Z", Fraction(200), Fraction(1, 5))
    >>> curve = cost_frontier(Problem((zone,), (of("A", 30, 3), of("B", 20, 1))), "Z")
    >>> [(int(c.green_m2), int(c.cost_cny), c.stopped) for c in curve.corners]
    [(0, 0, ()), (20, 20, ('B',)), (50, 110, ('A',))]
    """
    zone = next((zone for zone in problem.zones if zone.zone_id == zone_id), None)
    parcels = problem.of_zone(zone_id)
    if zone is None or zone.land_m2 == 0:
        raise SchemaError("frontier_zone_unknown", zone=zone_id, choices=[one.zone_id for one in problem.zones])
    roofs = [parcel.parcel_id for parcel in parcels if parcel.roof_m2]
    if roofs:
        raise SchemaError("frontier_roofs", ids=roofs)
    stepped = [parcel.parcel_id for parcel in parcels if parcel.stepped]
    broken = [one.parcel_id for one in find_contradictions(problem)]
    if stepped or broken:
        raise SchemaError("frontier_stepped" if stepped else "frontier_contradiction", ids=stepped or broken)
    green = cost = Fraction(0)
    rooms: dict[Fraction, list[tuple[Fraction, str]]] = {}
    for parcel in parcels:
        low, high = parcel.spans()[0][0], parcel.spans()[-1][1]
        free = min(max(low, parcel.start_m2), high)  # up to its start, green costs nothing
        green += free
        cost += parcel.cost(free)
        if high > free:
            rooms.setdefault(parcel.cost_cny_m2, []).append((high - free, parcel.parcel_id))
    green -= zone.claimed_m2  # in the green of several parcels, and once on the ground
    steps: list[tuple[Fraction, Fraction, Fraction, tuple[str, ...]]] = [(green, cost, Fraction(0), ())]
    for price in sorted(rooms):
        more = sum((room for room, _ in rooms[price]), Fraction(0))
        green, cost = green + more, cost + price * more
        steps.append((green, cost, price, tuple(sorted(name for _, name in rooms[price]))))
    prices = [*(step[2] for step in steps[1:]), None]
    corners = tuple(
        Corner(step[0], step[0] / zone.land_m2, step[1], price, step[3])
        for step, price in zip(steps, prices, strict=True)
    )
    return Frontier(zone_id, zone.target_ratio, corners)


def draw_frontier(frontier: Frontier, *, lang: Lang = "zh") -> Figure:
    """Draw the curve, with the target of the scenario on it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot()
    table = frontier.to_frame()
    axes.plot(table["target_ratio"] * 100, table["least_cost_cny"], marker="o", color="#1b6b3a")
    axes.axvline(float(frontier.target_ratio) * 100, color="#b3160f", linestyle="--", linewidth=1)
    # The fonts of a server may have no Chinese: a picture of empty boxes says less than English.
    shown = lang if lang == "en" or _has_chinese() else "en"
    axes.set_xlabel(text("scenario.frontier_x", shown))
    axes.set_ylabel(text("scenario.frontier_y", shown))
    axes.set_title(text("scenario.frontier_title", shown, zone=frontier.zone_id))
    axes.grid(alpha=0.3)
    return figure


CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "SimHei",
    "Microsoft YaHei",
    "PingFang SC",
    "WenQuanYi Zen Hei",
)


def _has_chinese() -> bool:
    import matplotlib as mpl
    from matplotlib import font_manager

    there = {font.name for font in font_manager.fontManager.ttflist} & set(CHINESE_FONTS)
    if there:
        mpl.rcParams["font.sans-serif"] = [*sorted(there), *mpl.rcParams["font.sans-serif"]]
    return bool(there)


def write_frontier(frontier: Frontier, path: Path | str, *, lang: Lang = "zh") -> Path:
    """Write the curve as CSV (``.csv``) or picture (``.png``, ``.svg``); the same curve gives the same bytes.

    Raises
    ------
    SchemaError
        For another ending.
    """
    path = Path(path)
    if path.suffix not in {".csv", ".png", ".svg"}:
        raise SchemaError("scenario_export_unknown", path=path, choices=[".csv", ".png", ".svg"])
    with atomic_file(path) as temporary:
        if path.suffix == ".csv":
            frontier.to_frame().to_csv(temporary, index=False, lineterminator="\n")
        else:
            import matplotlib as mpl

            with mpl.rc_context({"svg.hashsalt": "zonegis"}):
                named = {"Date": None} if path.suffix == ".svg" else {"Software": None}
                draw_frontier(frontier, lang=lang).savefig(temporary, metadata=named)
    return path
