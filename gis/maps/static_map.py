"""The map as a drawing: for reports, and for paper where no browser is installed."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import shapely

from gis.areas import ha_text
from gis.errors import OutputError
from gis.maps.words import both

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from geopandas import GeoDataFrame

    from gis.maps.sheets import Sheet

__all__ = ["chinese_family", "draw_static_map", "require_font", "save_static_map"]

#: Families with Chinese letters, as common systems call them; the first that holds every letter is used.
FAMILIES = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN",
    "Microsoft YaHei", "PingFang SC", "Hiragino Sans GB", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimHei",
    "Noto Serif CJK SC", "Noto Serif CJK JP", "Arial Unicode MS", "Droid Sans Fallback",
)  # fmt: skip
HATCHES = {"cross": "xxx", "diagonal": "///", "back": "\\\\\\", "dots": "...", "level": "---", "upright": "|||"}
SIZE_INCHES, DPI = (16.54, 11.69), 200
GROUND, INK, SOFT, MARK = "#f3f2ec", "#1c2429", "#56626a", "#9c1006"
BANNERS = {"synthetic": ("#6d1b86", "#ffffff"), "indicative": ("#ffd54a", "#241a00")}
#: What of the sheet is the map, and what the legend: left, bottom, width, height.
MAP_PART, LEGEND_PART = (0.02, 0.05, 0.70, 0.82), (0.735, 0.05, 0.25, 0.82)

#: Letters in a line of notes, times their size; and the distance of lines, in sizes.
NOTE_LETTERS, LINE_SPACING = 540, 1.3


@functools.cache
def _families() -> dict[str, str]:
    from matplotlib import font_manager

    entries = sorted(font_manager.fontManager.ttflist, key=lambda entry: (entry.name, entry.weight != 400, entry.fname))
    return {entry.name: entry.fname for entry in reversed(entries)}


@functools.cache
def _letters(file: str) -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(file).get_charmap())


def chinese_family(texts: Sequence[str]) -> str | None:
    r"""Return an installed font family that holds every letter of some texts, or None.

    Examples
    --------
    >>> chinese_family(["\U0010fffd"]) is None
    True
    """
    wanted = {ord(letter) for text in texts for letter in text if not letter.isspace()}
    known = _families()
    return next((name for name in FAMILIES if name in known and wanted <= _letters(known[name])), None)


def draw_static_map(sheet: Sheet, *, view: str = "", lang: str = "zh") -> Any:
    """Draw a theme of a map on one A3 sheet with title, legend, scale bar, north arrow and marks of quality.

    Parameters
    ----------
    sheet
        From `gis.maps.prepare_sheet`.
    view
        The theme; by default the first.
    lang
        ``zh`` or ``en``; English where no installed font holds the Chinese letters.

    Returns
    -------
    A `matplotlib.figure.Figure`, in the run's planar system: one metre is as long east as north. Up is
    the north of its grid.

    Raises
    ------
    KeyError
        If there is no such theme.
    OutputError
        If no installed font holds the letters that are left.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    theme = sheet.views[view or next(iter(sheet.views))]
    facts = sheet.facts
    place, family = _voice(sheet, theme, lang)
    with mpl.rc_context({"font.family": [family, "DejaVu Sans"], "hatch.linewidth": 0.7, "text.parse_math": False}):
        figure = Figure(figsize=SIZE_INCHES, facecolor="#ffffff")
        axes = figure.add_axes(MAP_PART)
        _draw_shapes(axes, sheet, theme)
        _draw_scale(axes, both("map.north")[place])
        figure.text(0.02, 0.95, facts["title"][place], fontsize=22, weight="bold", color=INK, va="center")
        figure.text(0.02, 0.915, _line(facts, place), fontsize=11, color=SOFT, va="center")
        frame = {"boxstyle": "square,pad=0.4", "edgecolor": MARK, "facecolor": "none"}
        figure.text(0.985, 0.95, both("map.internal")[place], fontsize=12, color=MARK, weight="bold", ha="right",
                    va="center", bbox=frame)  # fmt: skip
        figure.text(0.985, 0.924, both("map.secrecy")[place], fontsize=7.5, color=MARK, ha="right", va="center")
        banner = facts["quality_banner"][place]
        if banner:
            back, ink = BANNERS[facts["quality"]]
            figure.text(0.02, 0.885, banner, fontsize=11, color=ink, weight="bold", va="center",
                        bbox={"boxstyle": "square,pad=0.35", "edgecolor": "none", "facecolor": back})  # fmt: skip
        _draw_legend(figure.add_axes(LEGEND_PART), theme, facts, place)
    return figure


def save_static_map(figure: Any, path: Path, *, kind: str = "") -> None:
    """Write a figure as PNG or PDF, by default as the suffix says; the same map gives the same bytes."""
    import matplotlib as mpl

    from gis.writing import atomic_file

    kind = kind or path.suffix.lower().removeprefix(".")
    undated = {"CreationDate": None, "ModDate": None, "Producer": "ZoneGIS"}
    metadata = undated if kind == "pdf" else {"Software": "ZoneGIS"}
    with atomic_file(path) as temporary, mpl.rc_context({"pdf.fonttype": 42}):
        figure.savefig(temporary, format=kind, dpi=DPI, metadata=metadata)


def require_font(sheet: Sheet, view: str, lang: str) -> None:
    """Raise if no installed font holds the letters of a sheet, which would come out as boxes.

    Raises
    ------
    OutputError
        In that case.
    """
    theme = sheet.views[view or next(iter(sheet.views))]
    texts = _texts(sheet, theme, 1 if lang == "en" else 0)
    if chinese_family(texts) is None and not _is_latin(texts):
        raise OutputError("map_no_font", letters=_rare(texts))


def _voice(sheet: Sheet, theme: Any, lang: str) -> tuple[int, str]:
    """Return the language (0 Chinese, 1 English) and the font family of a drawing."""
    for place in (0, 1) if lang == "zh" else (1,):
        texts = _texts(sheet, theme, place)
        family = chinese_family(texts) or ("DejaVu Sans" if _is_latin(texts) else None)
        if family is not None:
            return place, family
    raise OutputError("map_no_font", letters=_rare(_texts(sheet, theme, 1)))


def _rare(texts: Sequence[str]) -> str:
    """Return letters that are not Latin, a few of them."""
    return "".join(dict.fromkeys(letter for text in texts for letter in text if ord(letter) > 0x24F))[:20]


def _is_latin(texts: Sequence[str]) -> bool:
    """Tell whether the family that comes with matplotlib holds every letter."""
    return {ord(letter) for text in texts for letter in text} - {10} <= _letters(_families()["DejaVu Sans"])


def _texts(sheet: Sheet, theme: Any, place: int) -> list[str]:
    facts = sheet.facts
    words = [item["words"][place] for item in theme.classes]
    return [*words, facts["title"][place], facts["quality_banner"][place], _line(facts, place), theme.title[place]]


def _line(facts: dict[str, Any], place: int) -> str:
    colon = "：" if place == 0 else ": "
    parts = {
        "as_of": facts["as_of"],
        "area_basis": facts["area_basis"][place],
        "quality": both(f"map.quality_{facts['quality']}")[place],
        "place": facts["place"][place] if facts["place"] else "",
    }
    return "   ".join(f"{both(f'map.{key}')[place]}{colon}{value}" for key, value in parts.items() if value)


def _draw_shapes(axes: Any, sheet: Sheet, theme: Any) -> None:
    import geopandas as gpd

    axes.set_facecolor(GROUND)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    if sheet.roads is not None:
        _plot(axes, sheet.roads, facecolor="#dedcd6", edgecolor="#b9b5ab", linewidth=0.4)
    drawn = ~(shapely.is_missing(sheet.shapes) | shapely.is_empty(sheet.shapes))
    # Outlines grow thin with the number of parcels: a line must not look like a class.
    thin = max(0.05, min(0.5, 60 / max(1, len(sheet.shapes)) ** 0.6))
    for code in reversed(range(len(theme.classes))):
        own = sheet.shapes[drawn & (theme.codes == code)]
        if not len(own):
            continue
        sign = theme.classes[code]
        style = {"facecolor": sign["fill"], "edgecolor": sign.get("line", "#6b757b"), "linewidth": thin}
        if "pattern" in sign and len(sheet.shapes) < 20_000:
            style |= {"hatch": HATCHES[sign["pattern"]], "edgecolor": sign.get("ink", INK)}
        gpd.GeoSeries(own).plot(ax=axes, aspect=None, **style)
    _plot(axes, sheet.boundary, facecolor="none", edgecolor=INK, linewidth=1.6, linestyle=(0, (8, 2, 2, 2)))
    west, south, east, north = _box(sheet)
    margin = 0.03 * max(east - west, north - south)
    axes.set_xlim(west - margin, east + margin)
    axes.set_ylim(south - 2.5 * margin, north + margin)  # below, there is room for the scale bar
    axes.apply_aspect()
    axes.set_xlabel("")
    axes.set_ylabel("")


def _box(sheet: Sheet) -> tuple[float, float, float, float]:
    boxes = [shapely.total_bounds(sheet.shapes), sheet.boundary.total_bounds]
    boxes = [box for box in boxes if not math.isnan(box[0])]
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def _plot(axes: Any, frame: GeoDataFrame, **style: Any) -> None:
    there = frame.geometry[~(frame.geometry.isna() | frame.geometry.is_empty)]
    if len(there):
        there.plot(ax=axes, aspect=None, **style)


def _draw_scale(axes: Any, north: str) -> None:
    """Draw a bar of a round length, a fifth of the map or less, and an arrow to the north of the grid."""
    from matplotlib.patches import Rectangle

    (west, east), (south, top) = axes.get_xlim(), axes.get_ylim()
    length = 10 ** math.floor(math.log10((east - west) / 5))
    length *= next(step for step in (5, 2, 1) if step * length <= (east - west) / 5)
    x, y, high = west + 0.02 * (east - west), south + 0.025 * (top - south), 0.006 * (top - south)
    for part, colour in ((0, INK), (0.5, "#ffffff")):
        axes.add_patch(Rectangle((x + part * length, y), length / 2, high, facecolor=colour, edgecolor=INK, zorder=5))
    told = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    axes.text(x + length, y + 2 * high, told, fontsize=11, ha="center", va="bottom", color=INK, zorder=5)
    axes.text(x, y + 2 * high, "0", fontsize=11, ha="center", va="bottom", color=INK, zorder=5)
    axes.annotate(
        north, xy=(0.965, 0.975), xytext=(0.965, 0.90), xycoords="axes fraction", fontsize=15, weight="bold",
        ha="center", va="center", color=INK, arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 2.2}, zorder=5,
    )  # fmt: skip


def _draw_legend(axes: Any, theme: Any, facts: dict[str, Any], place: int) -> None:
    from matplotlib.patches import Rectangle

    axes.set_xlim(0, 1)
    axes.set_ylim(1, 0)
    axes.axis("off")
    axes.text(0, 0.01, theme.title[place], fontsize=15, weight="bold", color=INK, va="top")
    axes.text(0, 0.05, theme.unit[place], fontsize=9.5, color=SOFT, va="top")
    heads = [both(f"map.legend_{key}")[place] for key in ("count", "ha")]
    for x, head in zip((0.80, 1.0), heads, strict=True):
        axes.text(x, 0.09, head, fontsize=10, color=SOFT, ha="right", va="center")
    step = min(0.042, 0.6 / max(1, len(theme.classes)))
    y = 0.12
    for sign in theme.classes:
        hatch = HATCHES.get(sign.get("pattern", ""), "")
        style = {"facecolor": sign["fill"], "edgecolor": sign.get("ink", "#8a9398") if hatch else "#8a9398"}
        axes.add_patch(Rectangle((0, y - 0.011), 0.085, 0.022, hatch=hatch, linewidth=0.8, **style))
        words = sign["words"][place]
        axes.text(0.105, y, _folded(words), fontsize=10.5, color=INK, va="center", linespacing=1.05)
        for x, told in ((0.80, f"{sign['count']:,}"), (1.0, ha_text(sign["m2"]))):
            axes.text(x, y, told, fontsize=10.5, color=INK, ha="right", va="center")
        y += step
    axes.plot([0, 1], [y - step / 2, y - step / 2], color=INK, linewidth=0.8)
    whole = (sum(sign["count"] for sign in theme.classes), math.fsum(sign["m2"] for sign in theme.classes))
    axes.text(0.105, y, both("map.legend_total")[place], fontsize=10.5, weight="bold", color=INK, va="center")
    for x, told in ((0.80, f"{whole[0]:,}"), (1.0, ha_text(whole[1]))):
        axes.text(x, y, told, fontsize=10.5, weight="bold", color=INK, ha="right", va="center")
    notes = [note[place] if isinstance(note, list) else note for note in facts["notes"]]
    # Notes that a sheet has no room for are written smaller, since paper can't be scrolled.
    for size in (8, 7.5, 7, 6.5, 6, 5.5, 5):
        lines = "\n".join(_folded(f"· {note}", round(NOTE_LETTERS / size)) for note in notes).splitlines()
        if len(lines) * size * LINE_SPACING / 72 <= (0.95 - y) * LEGEND_PART[3] * SIZE_INCHES[1]:
            break
    axes.text(0, y + 0.05, "\n".join(lines), fontsize=size, color=SOFT, va="top", linespacing=LINE_SPACING)


def _folded(words: str, width: int = 34) -> str:
    """Return a text in lines that fit: a Chinese letter is as wide as two others.

    Examples
    --------
    >>> _folded("abc def", 4).splitlines(), _folded("一二三四", 4).splitlines()
    (['abc', 'def'], ['一二', '三四'])
    """
    lines, line, used = [], "", 0
    for letter in words:
        wide = 2 if ord(letter) > 0x2E80 else 1
        if used + wide > width:
            head, space, rest = line.rpartition(" ") if wide == 1 and letter != " " else ("", "", "")
            lines.append(head if space and head else line)
            line = rest if space and head else ""
            used = sum(2 if ord(part) > 0x2E80 else 1 for part in line)
        if line or letter != " ":
            line, used = line + letter, used + wide
    return "\n".join([*lines, line])
