"""The data dictionary as a page to read, made from ``dictionary.csv``."""

from __future__ import annotations

from gis.schema.dictionary import UNIT_UNKNOWN, Field, fields_of, table_names

__all__ = ["data_dictionary_page"]

HEADING = """# Data dictionary / 数据字典

Generated from `dictionary.csv` by `zonegis dictionary --format markdown`; do not edit by hand.
A name with “?” does not tell its unit: declare it under `units:` of the run file.
由 `dictionary.csv` 生成；带“?”的列名不能说明单位，须在运行文件的 `units:` 中声明。
"""
COLUMNS = "| field | 名称 / label | type | unit | required | values | names seen in the wild | meaning |"


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
    return "\n".join(sections)


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
