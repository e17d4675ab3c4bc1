"""What a square metre of green on a roof counts for: the conversion tables, each of its own text.

The tables disagree, so that a scheme is named (`green.roof_scheme`) and none is mixed with another:
``credited = area × factor of the height × factor of the kind``. ``roof_green.csv`` holds a row a factor;
a height is in a row if it is above ``over_m`` and not above ``up_to_m``.
"""

from __future__ import annotations

import csv
import dataclasses
import functools
import hashlib
import importlib.resources
from fractions import Fraction

from gis.errors import RuleError

__all__ = ["ROOF_GREEN_KINDS", "RoofScheme", "roof_fingerprint", "roof_scheme", "roof_schemes"]

#: Kinds of green on a roof: 花园式, 组合式, 草坪式.
ROOF_GREEN_KINDS = ("garden", "combined", "lawn")
ANY_KIND = "any"


@dataclasses.dataclass(frozen=True)
class HeightFactor:
    """The factor of roofs above ``over_m`` and up to ``up_to_m`` over the ground; None is without limit."""

    over_m: Fraction | None
    up_to_m: Fraction | None
    factor: Fraction

    def holds(self, height_m: Fraction) -> bool:
        """Whether a height is in the row."""
        above = self.over_m is None or height_m > self.over_m
        return above and (self.up_to_m is None or height_m <= self.up_to_m)


@dataclasses.dataclass(frozen=True)
class RoofScheme:
    """One conversion table.

    Attributes
    ----------
    name
        As `green.roof_scheme` names it.
    source
        Id of its text in ``sources.yaml``.
    heights
        Factors by height.
    kinds
        Factors by kind; ``any`` where the text does not tell kinds apart.
    verified
        Whether every number was read in the text.
    """

    name: str
    source: str
    heights: tuple[HeightFactor, ...]
    kinds: dict[str, Fraction]
    verified: bool

    def coefficient(self, height_m: float | None, kind: str | None) -> tuple[Fraction | None, str]:
        """Return the coefficient, or None and what is missing for it.

        Parameters
        ----------
        height_m
            Of the roof over the ground; NaN or None if not known.
        kind
            One of `ROOF_GREEN_KINDS`, or None.

        Returns
        -------
        The product of both factors, exactly; or None and ``roof_height_m``, ``roof_green_kind`` or
        ``not_stated``, where the text has no factor for a height.

        Examples
        --------
        >>> scheme = roof_scheme("lvrong_2014_74")
        >>> [str(scheme.coefficient(height, "garden")[0]) for height in (1.6, 12.0, 12.1, 24.0, 24.1)]
        ['7/10', '7/10', '1/2', '1/2', '0']
        >>> scheme.coefficient(1.5, "garden"), scheme.coefficient(None, "garden"), scheme.coefficient(6.0, None)
        ((None, 'not_stated'), (None, 'roof_height_m'), (None, 'roof_green_kind'))
        """
        # A height that is no number belongs to no row of a table that has limits.
        limited = any(row.over_m is not None or row.up_to_m is not None for row in self.heights)
        if limited and (height_m is None or height_m != height_m):  # noqa: PLR0124 - NaN
            return None, "roof_height_m"
        exact = Fraction(str(height_m)) if limited else Fraction(0)
        of_height = [row.factor for row in self.heights if row.holds(exact)]
        if not of_height:
            return None, "not_stated"
        of_kind = self.kinds.get(ANY_KIND, self.kinds.get(kind or ""))
        # What counts for nothing does so as any kind.
        if of_kind is None and of_height[0]:
            return None, "roof_green_kind"
        return of_height[0] * (of_kind or 0), ""


@functools.cache
def roof_schemes() -> dict[str, RoofScheme]:
    """Return the packaged tables by name.

    Examples
    --------
    >>> list(roof_schemes())
    ['lvrong_2014_74', 'technical_rules_2003_56', 'residential_2023_1']
    """
    rows = list(csv.DictReader(_table().splitlines(), strict=True))
    return {name: _scheme(name, [row for row in rows if row["scheme"] == name])
            for name in dict.fromkeys(row["scheme"] for row in rows)}  # fmt: skip


def _table() -> str:
    return (importlib.resources.files("gis.regulations") / "roof_green.csv").read_text("utf-8")


def roof_fingerprint() -> str:
    """Return the SHA-256 of the conversion tables.

    Examples
    --------
    >>> len(roof_fingerprint())
    64
    """
    return hashlib.sha256(_table().encode("utf-8")).hexdigest()


def roof_scheme(name: str) -> RoofScheme:
    """Return a conversion table.

    Raises
    ------
    RuleError
        If there is none of this name.
    """
    found = roof_schemes().get(name)
    if found is None:
        raise RuleError("roof_scheme_unknown", scheme=name, choices=list(roof_schemes()))
    return found


def _scheme(name: str, rows: list[dict[str, str]]) -> RoofScheme:
    heights = tuple(
        HeightFactor(_limit(row["over_m"]), _limit(row["up_to_m"]), Fraction(row["factor"]))
        for row in rows
        if row["factor_of"] == "height"
    )
    kinds = {row["kind"]: Fraction(row["factor"]) for row in rows if row["factor_of"] == "kind"}
    return RoofScheme(name, rows[0]["source"], heights, kinds, all(row["verified"] == "true" for row in rows))


def _limit(text: str) -> Fraction | None:
    return Fraction(text) if text else None
