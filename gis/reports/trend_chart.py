"""The trend as a chart: land by status over time, and the idle-land ratio of each zone (PNG or SVG)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.analyses import ALL_ZONES, CONTESTED, STATUSES
from gis.areas import hectares
from gis.plain_text import visible
from gis.reports.words import Lang, Voice
from gis.writing import atomic_file

if TYPE_CHECKING:
    from pathlib import Path

    from gis.analyses import Trend

__all__ = ["chinese_font", "draw_trend"]

#: Families with Chinese letters, as common systems call them; the first that is installed is used.
FAMILIES = (
    "Noto Sans CJK SC", "Noto Sans CJK", "Noto Sans SC", "Source Han Sans", "Microsoft YaHei", "SimHei", "PingFang",
    "Hiragino Sans GB", "WenQuanYi", "Noto Serif CJK", "Arial Unicode MS", "Droid Sans Fallback",
)  # fmt: skip
#: Colour and hatch of each status: what is idle or not known is told apart without colour too.
STYLES = {
    "idle": ("#b2182b", ""), "idle_recognisable": ("#ef8a62", "///"), "approved_not_built": ("#fddbc7", ""),
    "approved_not_supplied": ("#d9d9d9", ""), "under_construction": ("#d1e5f0", ""), "completed": ("#92c5de", ""),
    "in_production": ("#4393c3", ""), "undetermined": ("#ffffff", "xxx"),
    "contested": ("#ffffff", "..."),
}  # fmt: skip
SIZE_INCHES, DPI = (10.0, 7.0), 120
MOST_ZONES = 12


def chinese_font() -> str | None:
    """Return an installed family with Chinese letters, or None."""
    from matplotlib import font_manager

    names = sorted({entry.name for entry in font_manager.fontManager.ttflist})
    return next((name for family in FAMILIES for name in names if name.startswith(family)), None)


def draw_trend(path: Path, trend: Trend, *, title: str, quality: str = "approved", lang: Lang = "zh") -> Lang:
    """Draw the trend of all zones, and write it as the suffix of the path says.

    Parameters
    ----------
    path
        ``….png`` or ``….svg``; the same trend gives the same bytes.
    trend
        From `gis.trend_of_idle_land`.
    title
        Of the chart.
    quality
        The worst quality of a boundary; one that is not approved is said below the chart.
    lang
        ``"zh"`` or ``"en"``.

    Returns
    -------
    The language of the labels: English where Chinese was asked for and no Chinese font is installed.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    font = chinese_font()
    shown: Lang = lang if lang == "en" or font is not None else "en"
    voice = Voice(shown)
    families = [*([font] if font else []), "DejaVu Sans"]
    style: Any = {
        "font.family": families, "svg.hashsalt": "zonegis", "axes.unicode_minus": False, "text.parse_math": False,
    }  # fmt: skip
    with mpl.rc_context(style):
        figure = Figure(figsize=SIZE_INCHES, dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        _draw_land(upper, trend, voice)
        _draw_ratio(lower, trend, voice)
        figure.suptitle(visible(title) if shown == lang or title.isascii() else voice.say("trend_title"))
        if quality != "approved":
            figure.supxlabel(voice.say(f"banner_{quality}"), fontsize="small", color="#8a2f00")
        metadata = {"Software": None} if path.suffix.lower() == ".png" else {"Date": None, "Creator": None}
        with atomic_file(path) as temporary:
            figure.savefig(temporary, metadata=metadata)
    return shown


def _scope(trend: Trend) -> str:
    """Return what the upper chart is of: all zones, or the only one."""
    zones = list(trend.totals["zone_id"].unique())
    return ALL_ZONES if ALL_ZONES in zones else zones[0]


def _draw_land(axes: Any, trend: Trend, voice: Voice) -> None:
    lines = trend.lines[trend.lines["zone_id"] == _scope(trend)]
    days = list(dict.fromkeys(lines["as_of"]))
    land = {
        status: [hectares(float(sum(own["area_m2"]))) for own in (lines[(lines["as_of"] == day) & (lines["line"] == status)] for day in days)]  # noqa: E501
        for status in (*STATUSES, CONTESTED)
    }  # fmt: skip
    drawn = [status for status in land if any(land[status])]
    labels, colors = [voice.status(status) for status in drawn], [STYLES[status][0] for status in drawn]
    if len(days) > 1:
        style: dict[str, Any] = {"edgecolor": "#555555", "linewidth": 0.4}
        areas = axes.stackplot(days, [land[status] for status in drawn], labels=labels, colors=colors, **style)
    else:  # an area of one day has no width
        heights = [land[status][0] for status in drawn]
        bottoms = [math.fsum(heights[:place]) for place in range(len(heights))]
        bars = zip(heights, bottoms, labels, colors, strict=True)
        areas = [
            axes.bar(days, height, bottom=bottom, label=label, color=color, edgecolor="#555555")[0]
            for height, bottom, label, color in bars
        ]
    for area, status in zip(areas, drawn, strict=True):
        area.set_hatch(STYLES[status][1])
    axes.set_ylabel(voice.say("ha"))
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)


def _name(zone_id: str, voice: Voice) -> str:
    return voice.say("all_zones") if zone_id == ALL_ZONES else str(zone_id)


def _draw_ratio(axes: Any, trend: Trend, voice: Voice) -> None:
    zones = [zone for zone in trend.totals["zone_id"].unique() if zone != ALL_ZONES][:MOST_ZONES]
    for zone_id in [_scope(trend), *zones] if _scope(trend) == ALL_ZONES else zones:
        rows = trend.totals[trend.totals["zone_id"] == zone_id]
        name = visible(_name(zone_id, voice))
        percent = [float("nan") if pd.isna(value) else value * 100 for value in rows["idle_ratio"]]
        limits = [[float("nan") if pd.isna(value) else value * 100 for value in rows[f"idle_ratio_{side}"]]
                  for side in ("least", "most")]  # fmt: skip
        if limits[0] != limits[1] and any(math.isnan(value) for value in percent):
            # Contested ground leaves the ratio between two limits.
            axes.fill_between(
                list(rows["as_of"]), *limits, alpha=0.25, label=voice.say("trend_range", zone=name)
            )
        axes.plot(list(rows["as_of"]), percent, label=name, marker=".", linewidth=2 if zone_id == ALL_ZONES else 1)
    axes.set_ylabel(f"{voice.figure('idle_ratio')} (%)")
    axes.set_ylim(bottom=0)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
