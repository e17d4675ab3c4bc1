"""An inspection as lines to read, in Chinese or English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from gis.schema import label, text

if TYPE_CHECKING:
    from gis.readers.inspection import FieldView, FileInspection, LayerView

__all__ = ["render_inspection"]

Lang = Literal["en", "zh"]


def render_inspection(inspection: FileInspection, lang: Lang = "zh") -> str:
    """Return an inspection as lines to read.

    Parameters
    ----------
    inspection
        What `inspect_file` found.
    lang
        ``"zh"`` or ``"en"``.
    """
    lines = [inspection.path]
    known = inspection.encoding
    if known is not None and known.how == "unknown":
        lines.append(text("inspect.encoding_unknown", lang))
        lines.extend(f"    {name}: {reading}" for name, reading in inspection.readings.items())
    elif known is not None:
        how = text(f"inspect.how_{known.how}", lang)
        how += f": {known.detail}" if known.detail else ""
        lines.append(text("inspect.encoding", lang, encoding=known.encoding, how=how))
    for layer in inspection.layers:
        lines.extend(["", *_layer_lines(layer, lang)])
    return "\n".join(lines)


def _layer_lines(layer: LayerView, lang: Lang) -> list[str]:
    none = text("inspect.none", lang)
    lines = [text("inspect.layer", lang, name=layer.name, driver=layer.driver, count=layer.count)]
    if layer.areas_allowed:
        kinds = ", ".join(f"{kind} {count}" for kind, count in layer.kinds.items()) or none
        lines.append("  " + text("inspect.geometry", lang, geometry=layer.geometry, kinds=kinds))
        lines.append("  " + text("inspect.system", lang, crs=layer.crs or none))
        if layer.crs:
            lines.append("  " + text("inspect.axes", lang, unit=layer.crs_unit, axes=layer.axes))
        if layer.bounds:
            box = ", ".join(f"{number:.4f}" for number in layer.bounds)
            lines.append("  " + text("inspect.bounds", lang, bounds=box))
        lines.append("  " + text(f"inspect.areas_{layer.areas_allowed}", lang))
    lines.extend("  ! " + remark[lang] for remark in layer.remarks)
    table = layer.table or none
    lines.append("  " + text("inspect.table", lang, table=table))
    lines.extend(_field_line(view, layer.table, lang) for view in layer.fields)
    if layer.missing_required and layer.table:
        lines.append("  ! " + text("inspect.missing", lang, fields=layer.missing_required))
    return lines


def _field_line(view: FieldView, table: str, lang: Lang) -> str:
    target = text("inspect.unmapped", lang)
    if view.field and table:
        target = f"{view.field} ({label(table, view.field, lang)})"
    if view.rivals:
        target += " " + text("inspect.rivals", lang, rivals=view.rivals)
    elif view.choices:
        target += " " + text("inspect.unit_unknown", lang, choices=view.choices)
    elif view.unit:
        target += f" [{view.unit}]"
    return f"    {view.name} ({view.type}) → {target}   {' | '.join(view.samples)}".rstrip()
