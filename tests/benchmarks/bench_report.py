"""From measures to figures: agreement with the kernel, ratios, growth, targets."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from overlay_peers import CONTESTANTS, KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LEAST_ROW_M2", "build_report", "compared", "difference_of", "growth_exponent", "sizes_text"]

Target = tuple[str, float, str, float]
#: Tables agree when no area differs by more than 10 mm²: ten times what the kernel rounds to.
AGREE_M2 = 1e-5
#: Relative differences are taken over rows of at least this area: a sliver's is its rounding.
LEAST_ROW_M2 = 1.0
#: Parcels at which the ratios, and the memory, are judged.
RATIO_SIZE, MEMORY_SIZE = 100_000, 1_000_000


def difference_of(ours: pd.DataFrame, theirs: pd.DataFrame) -> dict[str, Any]:
    """Compare two tables (parcel_id, class, area_m2); a row that one lacks counts as 0 m² there."""
    both = ours.merge(theirs, on=KEYS, how="outer", suffixes=("_ours", "_theirs"), indicator=True)
    first, second = both["area_m2_ours"].fillna(0.0), both["area_m2_theirs"].fillna(0.0)
    apart, larger = (first - second).abs(), np.maximum(first, second)
    ratio = (apart / larger)[larger >= LEAST_ROW_M2]
    largest = float(apart.max()) if len(both) else 0.0
    return {
        "difference_m2": largest,
        "difference_ratio": float(ratio.max()) if len(ratio) else 0.0,
        "rows_in_one": int((both["_merge"] != "both").sum()),
        "agrees": largest <= AGREE_M2,
    }


def compared(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows with their agreement with the kernel, and their seconds as a multiple of its."""
    ours, by_pair = (
        {place_of(row): row for row in rows if row["contestant"] == name and "seconds" in row}
        for name in ("kernel", "kernel_by_pair")
    )
    result = []
    for row in rows:
        kernel, rival = ours.get(place_of(row)), (by_pair if row["by_pair"] else ours).get(place_of(row))
        found: dict[str, Any] = {}
        if kernel and "table_file" in row:
            found |= difference_of(pd.read_parquet(kernel["table_file"]), pd.read_parquet(row["table_file"]))
        if rival and "seconds" in row:
            found |= {"times_the_kernel": row["seconds"] / rival["seconds"]}
        result.append(row | found)
    return result


def place_of(row: dict[str, Any]) -> tuple[str, int]:
    """Return what rows must have in common to be compared."""
    return row["layer"], row["parcels_count"]


def growth_exponent(sizes: list[int], seconds: list[float]) -> float:
    """Return k of seconds ≈ c·nᵏ by least squares on the logarithms.

    Examples
    --------
    >>> round(growth_exponent([10, 100, 1000], [1.0, 10.0, 100.0]), 6)
    1.0
    """
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def growth_of(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Fit the exponent of each contestant on each layer that has two sizes or more."""
    result = []
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        if "seconds" in row:
            groups.setdefault((row["layer"], row["contestant"]), []).append(row)
    for (layer, contestant), group in groups.items():
        if len(group) >= 2:
            sizes, seconds = [row["parcels_count"] for row in group], [row["seconds"] for row in group]
            result.append({
                "layer": layer, "contestant": contestant, "label": group[0]["label"], "sizes": sizes,
                "exponent": growth_exponent(sizes, seconds),
            })  # fmt: skip
    return result


def targets_of(rows: list[dict[str, Any]], growth: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Set what was measured beside what is aimed at; what was not measured is not there."""
    result = []
    for layer in dict.fromkeys(row["layer"] for row in rows):
        at = {(row["parcels_count"], row["contestant"]): row for row in rows if row["layer"] == layer}
        for what, measured, bound, wanted in [*ratio_targets(at), *size_targets(at, layer, growth)]:
            met = measured >= wanted if bound == "at_least" else measured <= wanted
            result.append(
                {"layer": layer, "what": what, "measured": measured, "bound": bound, "wanted": wanted, "met": met}
            )
    return result


def ratio_targets(at: dict[tuple[int, str], dict[str, Any]]) -> Iterator[Target]:
    """Yield the targets for times at 100,000 parcels."""
    times = {name: row["times_the_kernel"] for (size, name), row in at.items()
             if size == RATIO_SIZE and "times_the_kernel" in row}  # fmt: skip
    if "geopandas" in times:
        yield f"geopandas.overlay ÷ kernel, {RATIO_SIZE:,}", times["geopandas"], "at_least", 10.0
    peers = [name for name in times if not CONTESTANTS[name].by_pair and not CONTESTANTS[name].is_ours]
    if peers:
        fastest = min(peers, key=times.__getitem__)
        yield f"fastest peer ({CONTESTANTS[fastest].label}) ÷ kernel, {RATIO_SIZE:,}", times[fastest], "at_least", 4.0
    for name, value in times.items():
        if CONTESTANTS[name].by_pair and not CONTESTANTS[name].is_ours:
            label = CONTESTANTS[name].label
            yield f"{label} ÷ edge kernel by pair, {RATIO_SIZE:,}", value, "at_least", 20.0


def size_targets(
    at: dict[tuple[int, str], dict[str, Any]], layer: str, growth: list[dict[str, Any]]
) -> Iterator[Target]:
    """Yield the targets for memory at a million and for growth."""
    million = at.get((MEMORY_SIZE, "kernel"), {})
    if "peak_mb" in million:
        yield f"GB at the peak of the kernel, {MEMORY_SIZE:,}", million["peak_mb"] / 1024, "at_most", 8.0
    streamed = at.get((MEMORY_SIZE, "kernel_streamed"), {})
    if "peak_mb" in streamed:
        yield f"GB at the peak of the streamed path, {MEMORY_SIZE:,}", streamed["peak_mb"] / 1024, "at_most", 2.0
    for fit in growth:
        judged = max(fit["sizes"]) >= RATIO_SIZE
        if judged and (fit["layer"], fit["contestant"]) == (layer, "kernel"):
            yield f"growth exponent of the kernel, {sizes_text(fit['sizes'])}", fit["exponent"], "at_most", 1.05


def sizes_text(sizes: list[int]) -> str:
    """Return sizes as people read them."""
    return ", ".join(f"{size:,}" for size in sizes)


def versions() -> dict[str, str]:
    """Return the versions that the figures depend on."""
    import shapely

    names = dict.fromkeys(name for contestant in CONTESTANTS.values() for name in contestant.packages)
    found = {"python": platform.python_version(), "geos of shapely": shapely.geos_version_string}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def processor() -> str:
    """Return the processor's name, as far as the system says it."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text("utf-8").splitlines() if facts.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def build_report(rows: list[dict[str, Any]], *, threads: int, repeats: int, seed: int) -> dict[str, Any]:
    """Put everything together that the files and the screen show."""
    growth = growth_of(rows)
    places = ("parcels_file", "layer_file", "table_file")
    return {
        "machine": {"cpu_count": os.cpu_count(), "processor": processor(), "system": platform.platform()},
        "versions": versions(),
        "threads": threads,
        "repeats": repeats,
        "seed": seed,
        "targets": targets_of(rows, growth),
        "growth": growth,
        "rows": [{name: value for name, value in row.items() if name not in places} for row in rows],
    }
