"""What the data dictionary says of a table: types, required fields, known values, ranges.

The rules are a pandera schema built from the dictionary; every failure is collected, none stops
the next.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.checks.recorder import Recorder
from gis.checks.tolerances import Tolerances
from gis.errors import listed
from gis.schema import Field, FieldType, fields_of, id_field, land_use_groups, schemes

if TYPE_CHECKING:
    from gis.issues import IssueLog

__all__ = ["check_table"]

#: Canonical dtype of each type of field.
DTYPES = {
    FieldType.ID: "str",
    FieldType.CODE: "str",
    FieldType.TEXT: "str",
    FieldType.CATEGORY: "str",
    FieldType.FLAG: "boolean",
    FieldType.DATE: "datetime64[us]",
    FieldType.AREA: "float64",
    FieldType.MONEY: "float64",
    FieldType.NUMBER: "float64",
    FieldType.RATIO: "float64",
    FieldType.INTEGER: "Int64",
}
NUMBERS = {FieldType.AREA, FieldType.MONEY, FieldType.NUMBER, FieldType.RATIO, FieldType.INTEGER}
#: (table, part, whole): the part can't be more than the whole.
PARTS = (
    ("parcels", "developed_area_m2", "land_to_develop_m2"),
    ("parcels", "invested_cny", "total_investment_cny"),
    ("parcels", "green_floor_ratio", "green_ceiling_ratio"),
)
SCHEME, CODE = "land_use_scheme", "land_use_code"
#: One issue for each value of these: every unknown word wants its own answer.
BY_VALUE = {"category-unknown", "land-use-scheme-unknown"}


def check_table(frame: pd.DataFrame, table: str, *, issues: IssueLog, tolerances: Tolerances | None = None) -> None:
    """Check a table against the data dictionary.

    Parameters
    ----------
    frame
        The canonical table.
    table
        Its name.
    issues
        Takes what is wrong: absent fields, wrong types, missing required values, unknown
        categories and land-use codes, numbers below 0, ratios above 1, doubtful floor area ratios.
    tolerances
        Limits; `Tolerances` by default.

    Examples
    --------
    >>> from gis.issues import IssueLog
    >>> from gis.schema import conform
    >>> log = IssueLog()
    >>> raw = pd.DataFrame({"parcel_id": ["001"], "tenure": ["borrowed"]})
    >>> check_table(conform(raw, "parcels", issues=log), "parcels", issues=log)
    >>> [(issue.code, issue.found, issue.ids) for issue in log]
    [('category-unknown', 'borrowed', ('001',))]
    """
    recorder = Recorder(frame, table, issues)
    if not len(frame):
        recorder.table_wide("table-empty")
        return
    limits = tolerances or Tolerances()
    _report_failures(_failures(frame, table, limits.plausible_far), recorder, limits)
    _check_land_use(recorder)
    _check_parts(recorder)


@functools.cache
def _schema(table: str, plausible_far: float) -> Any:
    """Build the pandera schema of a table; the name of each check is the issue's code."""
    import pandera.pandas as pa

    columns = {}
    for field in fields_of(table).values():
        rules = [pa.Check(rule, name=code) for code, rule in _rules(field, plausible_far).items()]
        # Missing ids are the business of check_ids.
        nullable = not field.required or field.name == id_field(table)
        columns[field.name] = pa.Column(DTYPES[field.type], rules, nullable=nullable)
    return pa.DataFrameSchema(columns)


def _rules(field: Field, plausible_far: float) -> dict[str, Any]:
    if field.name == SCHEME:
        return {"land-use-scheme-unknown": lambda values: values.isin(schemes())}
    if field.choices:
        return {"category-unknown": lambda values: values.isin(list(field.choices))}
    if field.type not in NUMBERS:
        return {}
    rules: dict[str, Any] = {"value-negative": lambda values: values >= 0}
    if field.type is not FieldType.INTEGER:
        rules["value-not-finite"] = lambda values: ~np.isinf(values)
    if field.type is FieldType.RATIO:
        rules["ratio-above-one"] = lambda values: (values <= 1) | np.isinf(values)
    if field.name.endswith("_far"):
        rules["far-implausible"] = lambda values: (values <= plausible_far) | np.isinf(values)
    return rules


def _failures(frame: pd.DataFrame, table: str, plausible_far: float) -> pd.DataFrame:
    """Return the failed cases: ``code``, ``column``, ``found`` and ``position`` (-1: the column)."""
    import pandera.errors

    known = [name for name in fields_of(table) if name in frame.columns]
    plain = pd.DataFrame(frame[known]).reset_index(drop=True)
    try:
        _schema(table, plausible_far).validate(plain, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
    else:
        return pd.DataFrame(columns=["code", "column", "found", "position"])
    code = cases["check"].astype("str").mask(cases["check"].astype("str").str.startswith("dtype("), "field-type")
    code = code.replace({"column_in_dataframe": "field-absent", "not_nullable": "value-missing"})
    absent = code == "field-absent"
    return pd.DataFrame(
        {
            "code": code,
            "column": cases["column"].astype("str").mask(absent, cases["failure_case"].astype("str")),
            "found": cases["failure_case"],
            "position": pd.to_numeric(cases["index"], errors="coerce").fillna(-1).astype("int64"),
        }
    )


def _report_failures(cases: pd.DataFrame, recorder: Recorder, limits: Tolerances) -> None:
    known = fields_of(recorder.table)
    # The rules of a column with a wrong type fail for that reason alone.
    wrong_type = set(cases.loc[cases["code"] == "field-type", "column"])
    cases = cases[~cases["column"].isin(wrong_type) | (cases["code"] == "field-type")]
    for (code, column), group in cases.groupby(["code", "column"], sort=True):
        field = known[str(column)]
        if code in {"field-absent", "field-type"}:
            found = "" if code == "field-absent" else str(recorder.frame[column].dtype)
            recorder.table_wide(str(code), field=field.name, found=found, expected=DTYPES[field.type])
            continue
        expected = _expected(str(code), field, limits)
        values = [group["found"]] if code not in BY_VALUE else [part for _, part in group.groupby("found")["found"]]
        for part in values:
            positions = recorder.in_order(group.loc[part.index, "position"])
            recorder.together(
                str(code), positions, field=field.name, expected=expected, found=_found(recorder, field, positions)
            )


def _expected(code: str, field: Field, limits: Tolerances) -> str:
    if code == "land-use-scheme-unknown":
        return listed(schemes())
    if code == "far-implausible":
        return f"0–{limits.plausible_far:g}"
    words = {"value-negative": "≥ 0", "ratio-above-one": "0–1", "value-not-finite": "< ∞"}
    return words.get(code, listed(field.choices))


def _found(recorder: Recorder, field: Field, positions: list[int]) -> str:
    values = recorder.frame[field.name].iloc[positions]
    return listed(dict.fromkeys(f"{value:g}" if field.type in NUMBERS else str(value) for value in values.dropna()))


def _check_land_use(recorder: Recorder) -> None:
    """Check that each code has a scheme that knows it."""
    scheme, code = recorder.column(SCHEME), recorder.column(CODE)
    if scheme is None or code is None:
        return
    required = fields_of(recorder.table)[SCHEME].required
    without = np.flatnonzero(code.notna() & scheme.isna())
    if len(without) and not required:
        recorder.together("land-use-scheme-missing", without, field=CODE, expected=listed(schemes()))
    used = sorted(set(scheme.dropna().astype("str")) & set(schemes()))
    if len(used) > 1:
        counts = scheme.value_counts()
        recorder.table_wide(
            "land-use-schemes-mixed", field=SCHEME, found=listed(f"{name} ({counts[name]})" for name in used)
        )
    pairs = pd.DataFrame({SCHEME: scheme.astype("str"), CODE: code.astype("str")}).reset_index(drop=True)
    unknown = pairs[pairs[SCHEME].isin(used) & pairs[CODE].notna() & land_use_groups(pairs).isna()]
    for (name, value), members in unknown.groupby([SCHEME, CODE], sort=True):
        recorder.together("land-use-code-unknown", members.index, field=CODE, found=value, scheme=name, expected=name)


def _check_parts(recorder: Recorder) -> None:
    """Check that no part is more than its whole."""
    for table, part, whole in PARTS:
        small, large = recorder.numeric(part), recorder.numeric(whole)
        if table != recorder.table or small is None or large is None:
            continue
        for position in recorder.in_order(np.flatnonzero(small > large)):
            recorder.one(
                "part-above-whole", [position], field=part, other=whole,
                found=f"{small.iloc[position]:,.15g}", expected=f"≤ {large.iloc[position]:,.15g}",
            )  # fmt: skip
