"""The gate: what a file holds is checked by its bytes, within declared limits, before any library reads it."""

from __future__ import annotations

from gis.gate.admission import InputFile, admit
from gis.gate.archives import XLSX_SUFFIXES
from gis.gate.files import data_files, require_file, require_same, states_of, unchanged
from gis.gate.json_files import GEOJSON_SUFFIXES, require_json
from gis.gate.limits import Limits
from gis.gate.parquet_files import PARQUET_SUFFIXES
from gis.gate.sqlite_files import require_sqlite

__all__ = [
    "GEOJSON_SUFFIXES", "PARQUET_SUFFIXES", "XLSX_SUFFIXES", "InputFile", "Limits", "admit", "data_files",
    "require_file", "require_json", "require_same", "require_sqlite", "states_of", "unchanged",
]  # fmt: skip
