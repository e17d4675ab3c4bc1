"""The report as people read it: JSON, CSV, Markdown, the screen, and what the README quotes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from bench_report import LEAST_ROW_M2, RATIO_SIZE, sizes_text
from overlay_peers import CONTESTANTS
from run_contestant import ENOUGH_S

from gis.writing import atomic_file, permitted

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["print_report", "update_readme", "write_report"]

COLUMNS = ("layer", "parcels_count", "features_count", "label", "threads", "status", "seconds", "times_the_kernel",
           "cpu_s", "first_call_s", "read_s", "edges_s", "pairs_count", "held_mb", "peak_mb", "rows_count", "sum_m2",
           "difference_m2", "difference_ratio", "rows_in_one", "agrees", "load_average")  # fmt: skip
HEAD = ["layer", "parcels × features", "contestant", "threads", "seconds", "÷ ours", "CPU s", "first call s",
        "peak MB", "of it before MB", "rows", "largest difference m²", "relative"]  # fmt: skip
README_MARKS = ("<!-- bench -->", "<!-- /bench -->")


def markdown_table(head: list[str], lines: list[list[str]]) -> str:
    """Return a Markdown table."""
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def shown(row: dict[str, Any]) -> list[str]:
    """Return a row of the report as text."""

    def number(name: str, form: str) -> str:
        value = row.get(name)
        return "" if value is None else format(value, form)

    return [
        row["layer"], f"{row['parcels_count']:,} × {row['features_count']:,}", row["label"], str(row["threads"]),
        number("seconds", ".3f") or row["status"], number("times_the_kernel", ".2f"), number("cpu_s", ".2f"),
        number("first_call_s", ".2f"), number("peak_mb", ",.0f"), number("held_mb", ",.0f"), number("rows_count", ","),
        number("difference_m2", ".1e"), number("difference_ratio", ".1e"),
    ]  # fmt: skip


def target_lines(report: dict[str, Any]) -> list[list[str]]:
    """Return the targets as text."""
    signs = {"at_least": "≥", "at_most": "≤"}
    return [
        [target["layer"], target["what"], f"{target['measured']:.2f}", f"{signs[target['bound']]} {target['wanted']:g}",
         "met" if target["met"] else "not met"]
        for target in report["targets"]
    ]  # fmt: skip


def notes(report: dict[str, Any]) -> str:
    """Say what the figures mean."""
    loads = [row["load_average"] for row in report["rows"] if row.get("load_average") is not None]
    busy = f" Load average when a line began: {min(loads):.1f} to {max(loads):.1f}." if loads else ""
    return (
        f"Synthetic sample, seed {report['seed']}; m² of each class of the layer inside each parcel. Seconds are the "
        f"best of {report['repeats']} (fewer once they took {ENOUGH_S:g} s) after a first call on a few rows; imports, reading and that first call are not in "
        f"them. Each line is a process of its own; {report['threads']} threads for all that can use them "
        f"(numba, DuckDB `threads`, SedonaDB `target_partitions`, a thread pool for shapely); geopandas.overlay has "
        f"none. The peak is the whole process with imports and data, “of it before” what it held when the data were "
        f"read. The lines by pair are given the pairs whose boxes meet, and are compared with the kernel alone. "
        f"Differences are against gis.intersect_pairs; relative ones over rows of at least {LEAST_ROW_M2:g} m². The "
        f"peers do not check validity; gis.intersect_pairs does, inside its seconds.{busy}"
    )


def markdown(report: dict[str, Any]) -> str:
    """Return the whole report as Markdown."""
    machine = report["machine"]
    fits = [
        [fit["layer"], fit["label"], sizes_text(fit["sizes"]), f"{fit['exponent']:.3f}"] for fit in report["growth"]
    ]
    by_pair = [row for row in report["rows"] if row.get("edges_s") is not None]
    edges = [
        [row["layer"], f"{row['parcels_count']:,}", f"{row['pairs_count']:,}", f"{row['seconds']:.3f}",
         f"{row['edges_s']:.3f}"] for row in by_pair
    ]  # fmt: skip
    parts = [
        "# Areas of overlap: this kernel and its peers",
        notes(report),
        f"{machine['cpu_count']} × {machine['processor']}, {machine['system']}. "
        + ", ".join(f"{name} {version}" for name, version in report["versions"].items()),
        "## Targets",
        markdown_table(["layer", "what", "measured", "wanted", ""], target_lines(report)),
        "## Measured",
        markdown_table(HEAD, [shown(row) for row in report["rows"]]),
        "## Growth: seconds ~ nᵏ",
        markdown_table(["layer", "contestant", "parcels", "k"], fits),
        "## The kernel alone, and the edges it works on",
        markdown_table(["layer", "parcels", "pairs of boxes", "kernel s", "edges of both layers s"], edges),
    ]
    return "\n\n".join(parts) + "\n"


def readme_text(report: dict[str, Any]) -> str:
    """Return what the README quotes: ratios at 100,000 parcels, the kernel's memory and growth, aims missed."""
    rows = [row for row in report["rows"] if row["parcels_count"] == RATIO_SIZE and "times_the_kernel" in row]
    counts = {row["layer"]: row["features_count"] for row in rows}
    times = {(row["layer"], row["contestant"]): f"{row['times_the_kernel']:.1f}" for row in rows}
    rivals = [name for name in CONTESTANTS if not CONTESTANTS[name].is_ours]
    lines = [
        [CONTESTANTS[name].label, *(times.get((layer, name), "–") for layer in counts)]
        for name in rivals if any((layer, name) in times for layer in counts)
    ]  # fmt: skip
    head = [f"time ÷ ours, {RATIO_SIZE:,} parcels ×", *(f"{count:,} {layer}" for layer, count in counts.items())]
    figures = [f"{line[0]}: {line[1]} {line[2]}" for line in target_lines(report) if "÷" not in line[1]]
    missed = [f"{line[0]}: {line[1]}, {line[2]} (aim {line[3]})" for line in target_lines(report) if line[4] != "met"]
    tail = f"Aims missed: {'; '.join(missed)}." if missed else "All aims are met."
    return f"{markdown_table(head, lines)}\n\n{'; '.join([*figures, tail])}"


def update_readme(path: Path, report: dict[str, Any]) -> None:
    """Replace what stands between the marks in a file by the ratios."""
    before, mark, rest = path.read_text("utf-8").partition(README_MARKS[0])
    _, end, after = rest.partition(README_MARKS[1])
    if not mark or not end:
        raise ValueError(f"{path} lacks the marks {' … '.join(README_MARKS)}")
    with permitted(overwrite=True), atomic_file(path) as temporary:
        temporary.write_text(f"{before}{mark}\n{readme_text(report)}\n{end}{after}", "utf-8")


def write_report(report: dict[str, Any], folder: Path) -> None:
    """Write ``overlay.json``, ``overlay.csv`` and ``overlay.md``."""
    with permitted(overwrite=True):
        with atomic_file(folder / "overlay.json") as path:
            path.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", "utf-8")
        with atomic_file(folder / "overlay.csv") as path:
            pd.DataFrame(report["rows"]).reindex(columns=list(COLUMNS)).to_csv(path, index=False)
        with atomic_file(folder / "overlay.md") as path:
            path.write_text(markdown(report), "utf-8")


def print_report(report: dict[str, Any], console: Console) -> None:
    """Show the report on the screen."""
    from rich.table import Table

    measured = Table(title="Areas of overlap", title_justify="left")
    for place, name in enumerate(("parcels × layer", "by", "threads", "seconds", "÷ ours", "MB", "difference m²")):
        measured.add_column(name, justify="left" if place < 2 else "right", overflow="fold")
    left_out = [row for row in report["rows"] if row["status"].startswith("left out")]
    for row in report["rows"]:
        if row in left_out:
            continue
        cells = dict(zip(HEAD, shown(row), strict=True))
        measured.add_row(
            f"{row['parcels_count']:,} × {row['layer']}", cells["contestant"], cells["threads"], cells["seconds"],
            cells["÷ ours"], cells["peak MB"], cells["largest difference m²"],
        )  # fmt: skip
    targets = Table(title="Targets", title_justify="left")
    for name in ("layer", "what", "measured", "wanted", ""):
        targets.add_column(name)
    for line in target_lines(report):
        targets.add_row(*line)
    console.print(measured, targets)
    for status in dict.fromkeys(row["status"] for row in left_out):
        labels = dict.fromkeys(row["label"] for row in left_out if row["status"] == status)
        console.print(f"{', '.join(labels)}: {status}")
    for fit in report["growth"]:
        console.print(f"{fit['layer']}: {fit['label']} grows with n^{fit['exponent']:.3f} ({sizes_text(fit['sizes'])})")
