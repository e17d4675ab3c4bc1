"""The data dictionary as a page to read, made from ``dictionary.csv`` and ``event_kinds.csv``."""

from __future__ import annotations

from gis.schema.dictionary import UNIT_UNKNOWN, Field, choice_label, fields_of, table_names
from gis.schema.event_kinds import EventKind, EventValue, event_kinds

__all__ = ["data_dictionary_page"]

HEADING = """# Data dictionary / 数据字典

Generated from `dictionary.csv` and `event_kinds.csv` by `zonegis dictionary --format markdown`; do not edit by hand.
A name with “?” does not tell its unit: declare it under `units:` of the run file.
由 `dictionary.csv` 和 `event_kinds.csv` 生成；带“?”的列名不能说明单位，须在运行文件的 `units:` 中声明。
"""
COLUMNS = "| field | 名称 / label | type | unit | required | values | names seen in the wild | meaning |"
KINDS_HEADING = "### Kinds of parcel events / 事件类型\n"
KIND_COLUMNS = "| kind | 名称 | value | must be given | once | short for it in parcels | 含义 / meaning |"


def data_dictionary_page() -> str:
    """Return the whole dictionary as Markdown, both languages on one page.

    Examples
    --------
    >>> data_dictionary_page().startswith("# Data dictionary")
    True
    """
    sections = [HEADING]
    for table in table_names():
        lines = [f"## {table}\n", COLUMNS, "|---" * 8 + "|"]
        lines += [_line(field) for field in fields_of(table).values()]
        sections.append("\n".join(lines) + "\n")
    lines = [KINDS_HEADING, KIND_COLUMNS, "|---" * 7 + "|", *map(_kind_line, event_kinds().values())]
    return "\n".join([*sections, "\n".join(lines) + "\n"])


def _kind_line(kind: EventKind) -> str:
    named = {EventValue.CHOICE: (), EventValue.AGREEMENT: ("date",)}.get(kind.value, (kind.value.value,))
    value = " \\| ".join((*named, *kind.choices))
    cells = (
        f"`{kind.name}`",
        choice_label("parcel_events", "event_kind", kind.name),
        "–" if kind.value is EventValue.NONE else value,
        "yes" if kind.required else "no",
        "yes" if kind.single else "no",
        f"`{kind.column}`" if kind.column else "–",
        f"{kind.meaning_zh} / {kind.meaning_en}",
    )
    return "| " + " | ".join(cells) + " |"


def _line(field: Field) -> str:
    names = (f"{alias.name} ({alias.unit})" if alias.unit else alias.name for alias in field.aliases)
    values = (value if value == zh else f"{value} = {zh}" for value, zh in field.choices.items())
    cells = (
        f"`{field.name}`",
        f"{field.label_zh} / {field.label_en}",
        field.type.value,
        field.unit or "–",
        "yes" if field.required else "no",
        "; ".join(values) or "–",
        "; ".join(names).replace(f"({UNIT_UNKNOWN})", "?") or "–",
        field.description,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
