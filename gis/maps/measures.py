"""A number of each parcel as a theme of its own: intensity, use of quotas, or any table of the user."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.errors import InputError, SchemaError
from gis.maps.words import Pair, both

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Measure"]

#: From low to high: cividis, which stays apart under every kind of sight.
RAMP = ("#00224e", "#434e6c", "#7d7c78", "#bcae6c", "#fde737")
#: Around a target: brown below, blue-green above, as the green theme has it.
BELOW, ABOVE = ("#8c510a", "#cf9a3c", "#f3dd9f"), ("#a9dcd4", "#35978f", "#00463c")
UNDETERMINED = "undetermined"
UNKNOWN_SIGN = {"fill": "#ffffff", "pattern": "dots", "ink": "#666666", "line": "#777777", "width": 1}


@dataclasses.dataclass(frozen=True)
class Measure:
    """A number of each parcel, its names, and how it is cut into classes.

    Parameters
    ----------
    name
        An identifier, which stands in links and element ids.
    values
        Numbers on an index of parcel ids (text); a parcel without one is undetermined.
    title, unit
        In Chinese and English.
    target
        If given, classes diverge around it; else they are fifths of the parcels.
    digits
        Decimals shown.
    absent
        What a parcel without a number is called; by default undetermined.

    Examples
    --------
    >>> values = pd.Series([0.4, 1.2, None], index=["1", "2", "3"])
    >>> use = Measure("quotas", values, ["指标", "Quotas"], ["比", "ratio"], target=1.0)
    >>> classes, scale = use.classify(pd.Series(["1", "2", "3", "4"]))
    >>> classes.tolist(), scale["below_0"]["words"]
    (['below_0', 'above_1', 'undetermined', 'undetermined'], ['0.40 – 0.60', '0.40 – 0.60'])
    """

    name: str
    values: pd.Series[Any]
    title: Pair
    unit: Pair
    target: float | None = None
    digits: int = 2
    absent: Pair | None = None

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise SchemaError("map_measure_name", name=self.name)
        if len(self.values) and not pd.api.types.is_string_dtype(self.values.index):
            raise SchemaError("map_ids_not_text", table=self.name, column="index", found=str(self.values.index.dtype))
        doubled = sorted(set(self.values.index[self.values.index.duplicated()]))
        if doubled:
            raise InputError("map_ids_doubled", table=self.name, ids=doubled)

    @classmethod
    def of_text(cls, name: str, values: pd.Series[Any], *, target: float | None = None) -> Measure:
        """Return a measure whose names are texts of the package: ``use_ratio`` or ``quotas``."""
        return cls(name, values, both(f"map.measure_{name}"), both(f"map.measure_{name}_unit"), target=target)

    def of_parcels(self, ids: pd.Series[Any]) -> pd.Series[float]:
        """Return the number of each parcel, on the index of the ids."""
        numbers = pd.to_numeric(self.values).astype("float64")
        return pd.Series(numbers.reindex(pd.Index(ids)).to_numpy(), index=ids.index)

    def classify(self, ids: pd.Series[Any]) -> tuple[pd.Series[str], dict[str, dict[str, Any]]]:
        """Return the class of each parcel, and the signs of the classes in the order of the legend."""
        numbers = self.of_parcels(ids)
        known = numbers[np.isfinite(numbers)]
        limits = self._limits(known)
        # Of a few amounts each is a class of its own.
        is_each = self.target is None and len(limits) + 1 == known.nunique()
        if self.target is None:
            keys = [f"step_{place}" for place in range(len(limits) + 1)]
            fills: Sequence[str] = [RAMP[round(place * 4 / max(1, len(limits)))] for place in range(len(keys))]
        else:
            keys = [*(f"below_{place}" for place in range(3)), *(f"above_{place}" for place in range(3))]
            fills = (*BELOW, *ABOVE)
        place = np.searchsorted(limits, numbers.fillna(0.0).to_numpy(), side="right")
        classes = pd.Series(np.array(keys, dtype=object)[place], index=ids.index, dtype="str")
        ends = [known.min() if len(known) else 0.0, *limits, known.max() if len(known) else 0.0]
        scale: dict[str, dict[str, Any]] = {
            key: {"fill": fill, "words": self._one(low) if is_each else self._range(low, high)}
            for key, fill, low, high in zip(keys, fills, ends, ends[1:], strict=False)
        }
        scale[UNDETERMINED] = UNKNOWN_SIGN | {"words": self.absent or both("map.class_undetermined")}
        return classes.where(np.isfinite(numbers), UNDETERMINED), scale

    def _limits(self, known: pd.Series[float]) -> list[float]:
        """Return the inner limits of the classes, ascending."""
        if self.target is None:
            each = np.unique(known)
            fifths = each if len(each) <= len(RAMP) else np.quantile(known, [0.2, 0.4, 0.6, 0.8])
            limits = {float(round(limit, self.digits)) for limit in fifths}
            # A class below the least number would be empty.
            return sorted(limit for limit in limits if limit > known.min())
        reach = float((known - self.target).abs().max()) if len(known) else 1.0
        return [self.target + reach * part / 3 for part in (-2, -1, 0, 1, 2)]

    def _one(self, value: float) -> Pair:
        return [f"{value:,.{self.digits}f}"] * 2

    def _range(self, low: float, high: float) -> Pair:
        return both("map.measure_range", low=f"{low:,.{self.digits}f}", high=f"{high:,.{self.digits}f}")
