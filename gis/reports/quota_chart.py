"""A waterfall of a quota: from what was issued, step by step, to what is left (PNG or SVG)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gis.ledgers.kinds import quota_kind
from gis.reports.trend_chart import chinese_font
from gis.schema import text
from gis.writing import atomic_file

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from gis.reports.words import Lang

__all__ = ["draw_waterfall", "waterfall_bars"]

SIZE_INCHES, DPI = (9.0, 5.0), 120
#: What comes, what goes, and what is left: told apart by hatch too.
COLOURS = {"up": ("#4393c3", ""), "down": ("#ef8a62", "///"), "left": ("#555555", "")}


def waterfall_bars(steps: pd.DataFrame) -> list[tuple[str, Any, Any]]:
    """Return bars (step, bottom, height) of steps, each from where the one before ended; the last is what is left.

    Examples
    --------
    >>> import pandas as pd
    >>> from decimal import Decimal
    >>> waterfall_bars(pd.DataFrame({"step": ["issue", "reserve"], "quantity": [Decimal(100), Decimal(-60)]}))
    [('issue', Decimal('0'), Decimal('100')), ('reserve', Decimal('100'), Decimal('-60')), ('left', 0, Decimal('40'))]
    """
    bars: list[tuple[str, Any, Any]] = []
    level = Decimal(0)
    for step, quantity in zip(steps["step"], steps["quantity"], strict=True):
        bars.append((str(step), level, quantity))
        level += quantity
    return [*bars, ("left", 0, level)]


def draw_waterfall(path: Path, steps: pd.DataFrame, *, kind: str, year: int, lang: Lang = "zh") -> Lang:
    """Draw the steps of a kind and year, and write them as the suffix of the path says.

    Parameters
    ----------
    path
        ``….png`` or ``….svg``; the same steps give the same bytes.
    steps
        From `gis.ledgers.waterfall_steps`.

    Returns
    -------
    The language of the labels: English where Chinese was asked for and no Chinese font is installed.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    own, font = quota_kind(kind), chinese_font()
    shown: Lang = lang if lang == "en" or font is not None else "en"
    families = [*([font] if font else []), "DejaVu Sans"]
    style: Any = {
        "font.family": families, "svg.hashsalt": "zonegis", "axes.unicode_minus": False, "text.parse_math": False,
    }  # fmt: skip
    with mpl.rc_context(style):
        figure = Figure(figsize=SIZE_INCHES, dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        bars = waterfall_bars(steps)
        for number, (step, bottom, height) in enumerate(bars):
            colour, hatch = COLOURS["left" if step == "left" else "up" if height >= 0 else "down"]
            axes.bar(number, float(height), bottom=float(bottom), color=colour, hatch=hatch, edgecolor="#333333")
            top = float(max(bottom, bottom + height))
            label = f"{height:,f}".replace("-", "−")
            axes.annotate(label, (number, top), (0, 2), textcoords="offset points", ha="center", va="bottom",
                          fontsize="small")  # fmt: skip
        names = [text(f"ledger.{'left' if step == 'left' else f'action_{step}'}", shown) for step, _, _ in bars]
        axes.set_xticks(range(len(bars)), names)
        # Bars cling to their ends, which would leave no room for the number above the highest.
        axes.use_sticky_edges = False
        axes.margins(y=0.12)
        axes.set_ylim(bottom=min(0.0, *(float(min(bottom, bottom + height)) for _, bottom, height in bars)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6f}".rstrip("0").rstrip(".")))
        axes.axhline(0, color="#333333", linewidth=0.8)
        figure.suptitle(text("ledger.chart_title", shown, label=own.label[shown], year=year, unit=own.symbol))
        if not own.verified:
            figure.supxlabel(text("ledger.chart_unverified", shown), fontsize="small", color="#8a2f00")
        metadata = {"Software": None} if path.suffix.lower() == ".png" else {"Date": None, "Creator": None}
        with atomic_file(path) as temporary:
            figure.savefig(temporary, metadata=metadata)
    return shown
