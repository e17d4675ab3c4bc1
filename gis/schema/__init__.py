"""The data dictionary, and what drives from it: conforming, labels, land-use codes, documents."""

from __future__ import annotations

from gis.schema.conform import conform
from gis.schema.dates import parse_dates
from gis.schema.dictionary import (
    Field,
    FieldType,
    boundary_qualities,
    choice_label,
    fields_of,
    id_field,
    label,
    table_names,
    worst_quality,
)
from gis.schema.documents import data_dictionary_page
from gis.schema.land_use import (
    LAND_USE_GROUPS,
    land_use_group,
    land_use_groups,
    land_use_name,
    schemes,
)
from gis.schema.matching import ROW_NUMBER, FieldMatch, match_fields
from gis.schema.texts import text, texts_of

__all__ = [
    "LAND_USE_GROUPS",
    "ROW_NUMBER",
    "Field",
    "FieldMatch",
    "FieldType",
    "boundary_qualities",
    "choice_label",
    "conform",
    "data_dictionary_page",
    "fields_of",
    "id_field",
    "label",
    "land_use_group",
    "land_use_groups",
    "land_use_name",
    "match_fields",
    "parse_dates",
    "schemes",
    "table_names",
    "text",
    "texts_of",
    "worst_quality",
]
