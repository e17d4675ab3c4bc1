"""What is in a file: layers, schema, system, encoding evidence, and what each field maps to."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pyproj import CRS

from gis.crs import crs_name, require_area_crs, require_plausible_coordinates
from gis.errors import CrsError, GisError, InputError
from gis.gate import PARQUET_SUFFIXES, Limits
from gis.readers.attributes import TABLE_SUFFIXES
from gis.readers.dbf import dbf_beside, read_dbf
from gis.readers.drivers import NO_NETWORK
from gis.readers.encodings import EncodingEvidence, dbf_encoding
from gis.readers.mojibake import likely_original
from gis.readers.systems import box_of, registered
from gis.readers.tables import read_raw
from gis.readers.vector_files import geometry_kinds, layer_names, open_vector
from gis.schema import FieldMatch, match_fields, table_names

if TYPE_CHECKING:
    import pandas as pd

    from gis.crs import Bounds

__all__ = ["FieldView", "FileInspection", "LayerView", "inspect_file", "likely_table"]

Remark = dict[Literal["en", "zh"], str]
SAMPLE_ROWS: Final = 200
SHOWN_VALUES: Final = 3
SHOWN_LETTERS: Final = 24
#: Reads any bytes, so that a file of unknown encoding can be looked at.
ANY_BYTES: Final = "iso8859-1"
#: Encodings in which a text of unknown encoding is shown to the person who has to declare one.
CANDIDATES: Final = ("utf-8", "gb18030", "big5", "cp1252")


@dataclasses.dataclass(frozen=True)
class FieldView:
    """One column of a layer.

    Attributes
    ----------
    name, type
        As in the file; the type with its width, such as ``str:80``.
    samples
        Up to three of its values, shortened.
    field, unit
        The field of the canonical table it maps to, and its unit, or "".
    choices
        Units it could be in, where its name does not tell.
    rivals
        Other columns that could be the same field; then one has to be named.
    """

    name: str
    type: str
    samples: list[str]
    field: str
    unit: str
    choices: list[str]
    rivals: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class LayerView:
    """One layer of a file.

    Attributes
    ----------
    geometry, kinds
        The declared kind of shapes, and how many of each kind there are.
    crs, crs_unit, axes
        The system by name, its unit, and the axis order its definition states (the file stores
        x = easting first all the same).
    areas_allowed
        ``yes``, ``no`` (a remark says why), or "" without shapes.
    remarks
        What is wrong or doubtful, in both languages.
    table
        The canonical table that most columns fit, or "".
    """

    name: str
    driver: str
    geometry: str
    count: int
    crs: str
    areas_allowed: str
    bounds: list[float]
    remarks: list[Remark]
    table: str
    fields: list[FieldView]
    missing_required: list[str]
    kinds: dict[str, int] = dataclasses.field(default_factory=dict)
    crs_unit: str = ""
    axes: str = ""


@dataclasses.dataclass(frozen=True)
class FileInspection:
    """What `inspect_file` found.

    Attributes
    ----------
    readings
        Where the encoding is unknown: encoding → how the first text that is not ASCII reads in it.
    """

    path: str
    encoding: EncodingEvidence | None
    layers: list[LayerView]
    readings: dict[str, str] = dataclasses.field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data, for JSON."""
        return dataclasses.asdict(self)


def likely_table(columns: list[str]) -> tuple[str, FieldMatch]:
    """Return the canonical table that most columns fit, and its match; "" where none fits at all.

    A required field that is missing counts against a table more than a field speaks for it.

    Examples
    --------
    >>> likely_table(["DKBH", "HTBH"])[0], likely_table(["LDBH", "LDLB"])[0], likely_table(["x"])[0]
    ('parcels', 'green_spaces', '')
    """
    matches = {table: match_fields(columns, table) for table in table_names()}

    def score(table: str) -> float:
        match = matches[table]
        return len(match.found) + len(match.ambiguous_columns) - 1.5 * len(match.missing_required)

    best = max(matches, key=score)
    fits = matches[best].found or matches[best].ambiguous_columns
    return (best if fits else ""), matches[best]


def inspect_file(
    path: Path | str,
    *,
    encoding: str | None = None,
    table: str | None = None,
    layer: str | None = None,
    limits: Limits | None = None,
) -> FileInspection:
    """Look into a file without computing anything.

    Parameters
    ----------
    path
        Any file that `gis.read_table` reads.
    encoding
        Declared encoding of a shapefile or CSV.
    table
        Match the fields against this canonical table instead of the likeliest one.
    layer
        Look at this layer or sheet only.
    limits
        See `gis.gate.Limits`.

    Raises
    ------
    InputError
        If the file can't be opened, its field names are cut, or a declared encoding is wrong.
    """
    path = Path(path)
    if path.suffix.lower() in TABLE_SUFFIXES | PARQUET_SUFFIXES:
        return _inspect_frame(path, encoding, table, layer, limits)
    file = open_vector(path, layer=layer, limits=limits)
    names = [layer] if layer is not None else layer_names(file)
    known, remarks, readings = _shapefile_encoding(path, encoding)
    chosen = known.encoding if known is not None else None
    layers = [_view_of_layer(path, name, chosen, table, remarks, limits) for name in names]
    return FileInspection(str(path), known, layers, readings)


def _both(error: GisError) -> Remark:
    return {"en": error.text("en"), "zh": error.text("zh")}


def _shapefile_encoding(
    path: Path, declared: str | None
) -> tuple[EncodingEvidence | None, list[Remark], dict[str, str]]:
    """Return what is known of a shapefile's encoding; that nothing is known is a remark here."""
    if path.suffix.lower() != ".shp":
        return None, [], {}
    try:
        return dbf_encoding(path, declared=declared), [], {}
    except InputError as error:
        beside = dbf_beside(path)
        if error.key != "encoding_unknown" or beside is None:
            raise
        dbf = read_dbf(beside)
        values = [name for name in dbf.names if not name.isascii()]
        values += [value for entries in dbf.text.values() for value in entries]
        readings = {name: values[0].decode(name, errors="replace") for name in CANDIDATES}
        return EncodingEvidence(ANY_BYTES, "unknown"), [_both(error)], readings


def _inspect_frame(
    path: Path, encoding: str | None, table: str | None, layer: str | None, limits: Limits | None
) -> FileInspection:
    raw = read_raw(path, layer=layer, encoding=encoding, limits=limits)
    spatial = hasattr(raw.frame, "geom_type")
    columns = {str(column): str(raw.frame[column].dtype) for column in raw.frame.columns if column != "geometry"}
    kinds = raw.frame.geom_type.fillna("None").value_counts().to_dict() if spatial else {}
    view = _view(
        _Facts(
            path=path, name=raw.layer, driver=path.suffix.lstrip(".").upper(), count=len(raw.frame),
            geometry=", ".join(sorted(set(kinds) - {"None"})) if spatial else "None",
            kinds={str(kind): int(count) for kind, count in sorted(kinds.items())},
            crs=raw.frame.crs if spatial else None, box=box_of(raw.frame) if spatial else None,
        ),
        columns, _samples(raw.frame, list(columns)), table, [],
    )  # fmt: skip
    return FileInspection(str(path), raw.encoding, [view])


@dataclasses.dataclass(frozen=True)
class _Facts:
    """What a layer is, before its fields are matched."""

    path: Path
    name: str
    driver: str
    count: int
    geometry: str
    kinds: dict[str, int]
    crs: CRS | None
    box: Bounds | None


def _view_of_layer(
    path: Path, name: str, encoding: str | None, table: str | None, remarks: list[Remark], limits: Limits | None
) -> LayerView:
    import fiona

    file = open_vector(path, layer=name, limits=limits)
    options = {"encoding": encoding} if encoding else {}
    try:
        with (
            fiona.Env(**NO_NETWORK),
            fiona.open(file.path, layer=name, enabled_drivers=[file.driver], **options) as source,
        ):
            count = len(source)
            kind = str(source.schema["geometry"])
            shaped = count and kind != "None"
            west, south, east, north = source.bounds if shaped else (0.0, 0.0, 0.0, 0.0)
            facts = _Facts(
                path=path, name=name, driver=source.driver, count=count, geometry=kind,
                kinds={} if kind == "None" else geometry_kinds(file, name),
                crs=registered(CRS.from_wkt(source.crs_wkt)) if source.crs_wkt else None,
                box=(west, south, east, north) if shaped else None,
            )  # fmt: skip
            columns = {column: str(kind) for column, kind in source.schema["properties"].items()}
    except (ValueError, OSError, RuntimeError) as error:
        if isinstance(error, GisError):
            raise
        raise InputError("file_corrupt", path=path, format=path.suffix, why=str(error)) from None
    samples: dict[str, list[str]] = {column: [] for column in columns}
    if count:
        raw = read_raw(path, layer=name, encoding=encoding, max_features=SAMPLE_ROWS, limits=limits)
        samples |= _samples(raw.frame, list(columns))
    return _view(facts, columns, samples, table, remarks)


def _samples(frame: pd.DataFrame, columns: list[str]) -> dict[str, list[str]]:
    return {
        # A value may be a list, which nothing can look up: texts are compared.
        column: list(dict.fromkeys(_short(value) for value in frame[column].dropna().head(SAMPLE_ROWS)))[:SHOWN_VALUES]
        for column in columns
        if column in frame.columns
    }


def _short(value: Any) -> str:
    shown = str(value)
    return shown if len(shown) <= SHOWN_LETTERS else shown[: SHOWN_LETTERS - 1] + "…"


def _view(
    facts: _Facts, columns: dict[str, str], samples: dict[str, list[str]], table: str | None, remarks: list[Remark]
) -> LayerView:
    names = list(columns)
    guess, match = likely_table(names) if table is None else (table, match_fields(names, table))
    allowed, remarks = "", remarks + _garbled_remarks(facts, names)
    if facts.geometry != "None":
        allowed, more = _crs_remarks(facts)
        remarks = remarks + more
    return LayerView(
        name=facts.name, driver=facts.driver, geometry=facts.geometry, count=facts.count, kinds=facts.kinds,
        crs=crs_name(facts.crs) if facts.crs is not None else "",
        crs_unit=facts.crs.axis_info[0].unit_name if facts.crs is not None else "",
        axes=_axes(facts.crs),
        areas_allowed=allowed, bounds=list(facts.box or ()), remarks=remarks, table=guess,
        fields=_field_views(columns, samples, match), missing_required=match.missing_required,
    )  # fmt: skip


def _axes(crs: CRS | None) -> str:
    axes = [] if crs is None else crs.axis_info
    return ", ".join(f"{axis.abbrev or axis.name} {axis.direction}" for axis in axes)


def _field_views(columns: dict[str, str], samples: dict[str, list[str]], match: FieldMatch) -> list[FieldView]:
    field_of = {column: field for field, column in match.found.items()}
    rivals: dict[str, list[str]] = {}
    for field, candidates in match.ambiguous_columns.items():
        for column in candidates:
            field_of.setdefault(column, field)
            rivals[column] = [name for name in candidates if name != column]
    views = []
    for column, kind in columns.items():
        field = field_of.get(column, "")
        units = match.ambiguous_units.get(field, [])
        unit = match.unit.get(field, "")
        views.append(FieldView(column, kind, samples[column], field, unit, units, rivals.get(column, [])))
    return views


def _garbled_remarks(facts: _Facts, names: list[str]) -> list[Remark]:
    garbled = [name for name in names if likely_original(name)]
    if not garbled:
        return []
    return [_both(InputError("names_garbled", path=facts.path, layer=facts.name, names=garbled))]


def _crs_remarks(facts: _Facts) -> tuple[str, list[Remark]]:
    where = f"{facts.path.name}, {facts.name}"
    remarks: list[Remark] = []
    try:
        require_area_crs(facts.crs, where=where)
    except CrsError as error:
        remarks.append(_both(error))
    if facts.crs is not None and facts.box is not None:
        try:
            require_plausible_coordinates(facts.box, facts.crs, where=where)
        except CrsError as error:
            remarks.append(_both(error))
    return ("no" if remarks else "yes"), remarks
