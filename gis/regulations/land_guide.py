"""The adjustment values (调整值) of the Shanghai industrial-land guide, by sector: a table that a user fills.

The numbers of the guide were not found in any text that could be read, so the packaged table
``land_guide.csv`` has a head and no rows; a run file may name one that is filled (``land_guide:``).
Without a value, the yields of a parcel are undetermined, never low. Its columns:

- ``edition``: of the guide, such as 2019;
- ``in_force``, ``expires``: first and last day of the edition (the last may be empty);
- ``industry_code``: GB/T 4754-2017, as long as the guide is fine; the longest beginning of a parcel's code decides;
- ``tax_10k_cny_per_ha``, ``output_10k_cny_per_ha``: of tax and of main business revenue, in 万元/公顷;
- ``document``, ``page``, ``checked_on``: where the value stands, and when it was looked up.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import functools
import importlib.resources
from fractions import Fraction
from typing import TYPE_CHECKING

from gis.errors import InputError, RuleError
from gis.units import exact_number, factor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["GUIDE_COLUMNS", "GuideValue", "LandGuide", "guide_template", "packaged_guide", "read_land_guide"]

GUIDE_COLUMNS = (
    "edition", "in_force", "expires", "industry_code", "tax_10k_cny_per_ha", "output_10k_cny_per_ha", "document",
    "page", "checked_on",
)  # fmt: skip
NEEDED = ("edition", "in_force", "industry_code", "tax_10k_cny_per_ha", "output_10k_cny_per_ha", "document")
#: 万元/公顷 in CNY/m².
CNY_PER_M2 = factor("10k_cny", "cny") / factor("ha", "m2")
#: The edition of a rule that names none: the one in force.
IN_FORCE = "in_force"


@dataclasses.dataclass(frozen=True)
class GuideValue:
    """The adjustment values of one sector in one edition, in CNY/m², exactly."""

    edition: str
    in_force: dt.date
    expires: dt.date | None
    industry_code: str
    tax_cny_per_m2: Fraction
    output_cny_per_m2: Fraction
    document: str
    page: str


@dataclasses.dataclass(frozen=True)
class LandGuide:
    """The values that are known; none in the packaged table."""

    entries: tuple[GuideValue, ...] = ()

    def find(self, industry_code: str, *, edition: str, day: dt.date) -> GuideValue | None:
        """Return the value of the longest sector that a code begins with, or None.

        Parameters
        ----------
        industry_code
            GB/T 4754-2017.
        edition
            Of the guide; ``"in_force"`` is the one in force on the day.
        day
            1 January of the calculation year.

        Examples
        --------
        >>> LandGuide().find("3912", edition="2019", day=dt.date(2026, 1, 1)) is None
        True
        """
        fitting = [
            value
            for value in self.entries
            if industry_code.startswith(value.industry_code)
            and (value.edition == edition if edition != IN_FORCE else _covers(value, day))
        ]
        return max(fitting, key=lambda value: len(value.industry_code)) if fitting else None


def _covers(value: GuideValue, day: dt.date) -> bool:
    return value.in_force <= day and (value.expires is None or day <= value.expires)


@functools.cache
def packaged_guide() -> LandGuide:
    """Return the packaged table, which is empty.

    Examples
    --------
    >>> packaged_guide().entries
    ()
    """
    return _parsed(guide_template().splitlines(), "land_guide.csv")


def guide_template() -> str:
    """Return the packaged table as text, to be filled.

    Examples
    --------
    >>> guide_template().split(",")[:2]
    ['edition', 'in_force']
    """
    return (importlib.resources.files("gis.regulations") / "land_guide.csv").read_text("utf-8")


def read_land_guide(path: Path) -> LandGuide:
    """Read a table that a user filled (CSV, UTF-8), strictly.

    Raises
    ------
    InputError
        If the file can't be read.
    RuleError
        If a column or a needed cell is missing, a number or day can't be read, or two rows of an edition and
        sector stand beside each other.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("land_guide_unreadable", path=path, reason=str(error)) from None
    try:
        return _parsed(text.splitlines(), path.name)
    except csv.Error as error:
        raise InputError("land_guide_unreadable", path=path, reason=str(error)) from None


def _parsed(lines: Iterable[str], name: str) -> LandGuide:
    rows = csv.DictReader(lines, strict=True)
    if tuple(rows.fieldnames or ()) != GUIDE_COLUMNS:
        found = list(rows.fieldnames or ())
        raise RuleError("land_guide_columns", path=name, found=found, expected=list(GUIDE_COLUMNS))
    values = tuple(_value(row, name, number) for number, row in enumerate(rows, start=2))
    keys = [(value.edition, value.industry_code) for value in values]
    for number, key in enumerate(keys):
        if key in keys[:number]:
            raise RuleError("land_guide_doubled", path=name, edition=key[0], sector=key[1])
    return LandGuide(values)


def _value(row: Mapping[str, str | None], name: str, number: int) -> GuideValue:
    # What is beyond the last column has no name.
    cells = {key: (value or "").strip() for key, value in row.items() if key in GUIDE_COLUMNS}
    if len(cells) < len(row):
        raise RuleError("land_guide_cell_invalid", path=name, row=number, reason=f"> {len(GUIDE_COLUMNS)} cells")
    lacking = [key for key in NEEDED if not cells.get(key)]
    if lacking:
        raise RuleError("land_guide_cells_missing", path=name, row=number, columns=lacking)
    try:
        tax, output = (exact_number(cells[f"{kind}_10k_cny_per_ha"]) * CNY_PER_M2 for kind in ("tax", "output"))
        in_force = dt.date.fromisoformat(cells["in_force"])
        expires = dt.date.fromisoformat(cells["expires"]) if cells["expires"] else None
    except (ValueError, ZeroDivisionError) as error:
        raise RuleError("land_guide_cell_invalid", path=name, row=number, reason=str(error)) from None
    if min(tax, output) <= 0:
        raise RuleError("land_guide_cell_invalid", path=name, row=number, reason=f"{float(min(tax, output)):g} <= 0")
    return GuideValue(
        cells["edition"], in_force, expires, cells["industry_code"], tax, output, cells["document"], cells["page"]
    )
