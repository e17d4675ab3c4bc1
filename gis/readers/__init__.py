"""Files in, canonical tables out: encodings proved, systems required, ids as text."""

from __future__ import annotations

from gis.readers.attributes import read_attributes
from gis.readers.batches import BATCH_ROWS, read_batches
from gis.readers.encodings import EncodingEvidence, csv_encoding, dbf_encoding
from gis.readers.inspection import FieldView, FileInspection, LayerView, inspect_file, likely_table
from gis.readers.inspection_text import render_inspection
from gis.readers.joining import Join
from gis.readers.layers import write_geopackage, write_shapefile
from gis.readers.placement import check_place, require_same_place
from gis.readers.row_counts import FileRows, count_rows
from gis.readers.tables import read_raw, read_table
from gis.readers.vector_files import RawTable

__all__ = [
    "BATCH_ROWS",
    "EncodingEvidence",
    "FieldView",
    "FileInspection",
    "FileRows",
    "Join",
    "LayerView",
    "RawTable",
    "check_place",
    "count_rows",
    "csv_encoding",
    "dbf_encoding",
    "inspect_file",
    "likely_table",
    "read_attributes",
    "read_batches",
    "read_raw",
    "read_table",
    "render_inspection",
    "require_same_place",
    "write_geopackage",
    "write_shapefile",
]
