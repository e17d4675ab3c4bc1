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
from gis.schema.event_kinds import EventKind, EventValue, event_kinds, fact_label
from gis.schema.event_log import EVENT_PROBLEMS, combine_events, events_of_columns, read_event_values
from gis.schema.investment import investment_includes_price
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
    "EVENT_PROBLEMS",
    "LAND_USE_GROUPS",
    "ROW_NUMBER",
    "EventKind",
    "EventValue",
    "Field",
    "FieldMatch",
    "FieldType",
    "boundary_qualities",
    "choice_label",
    "combine_events",
    "conform",
    "data_dictionary_page",
    "event_kinds",
    "events_of_columns",
    "fact_label",
    "fields_of",
    "id_field",
    "investment_includes_price",
    "label",
    "land_use_group",
    "land_use_groups",
    "land_use_name",
    "match_fields",
    "parse_dates",
    "read_event_values",
    "schemes",
    "table_names",
    "text",
    "texts_of",
    "worst_quality",
]
