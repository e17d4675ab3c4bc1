"""The page: one self-contained HTML file that a bureau reads, prints on A4 and signs."""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.resources
from typing import TYPE_CHECKING, Any

from gis.plain_text import visible
from gis.reports.appendices import inputs_section, methods_section, policy_section, quality_section, rules_section
from gis.reports.blocks import Section, numbered
from gis.reports.face import face_callouts, face_facts
from gis.reports.green_section import green_section
from gis.reports.land_section import land_section
from gis.reports.mixed_section import mixed_section
from gis.reports.quota_section import quota_section
from gis.reports.routes_section import routes_section
from gis.reports.summary import summary_section
from gis.reports.underused_section import underused_section
from gis.reports.words import Lang, Voice, voice_of, words
from gis.writing import atomic_file

if TYPE_CHECKING:
    from pathlib import Path

    import jinja2

    from gis.reports.content import ReportContent
    from gis.reports.publication import Publication

__all__ = ["asset", "environment", "write_report"]

CHAPTERS = (
    summary_section, land_section, routes_section, underused_section, green_section, mixed_section, quota_section,
    quality_section,
)  # fmt: skip
APPENDICES = (rules_section, policy_section, inputs_section, methods_section)
HTML_LANG = {"zh": "zh-CN", "en": "en"}
SIGNATURES = ("compiled", "checked", "approved")
#: Widths of a chart: labels, bars, values.
CHART = {"label": 230, "bars": 300, "value": 190, "row": 26}


def write_report(
    path: Path | str, content: ReportContent, *, lang: Lang = "zh", publication: Publication | None = None
) -> None:
    """Write the report as one HTML file that needs no network and no script.

    Parameters
    ----------
    path
        Where to; replaced as a whole, or not at all.
    content
        What the run found. The same content gives the same bytes.
    lang
        ``"zh"`` or ``"en"``.
    publication
        For people outside: only the key figures of the zones, with what is said of the publication.

    Raises
    ------
    GisError
        If the parcels of a balance do not add up to its figures; nothing is written then.
    OutputError
        If the file can't be written.
    """
    page = _render(content, voice_of(lang, content.rules), publication)
    with atomic_file(path) as temporary:
        temporary.write_text(page, "utf-8", newline="\n")


def _render(content: ReportContent, voice: Voice, publication: Publication | None) -> str:
    script = asset("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            say=voice.say,
            html_lang=HTML_LANG[voice.lang],
            title=words(content.title, voice.lang),
            quality=content.boundary_quality,
            facts=face_facts(content, voice),
            callouts=face_callouts(content, voice),
            signatures=[voice.say(f"signature_{role}") for role in SIGNATURES],
            sections=_sections(content, voice, publication),
            chart=CHART,
            style=asset("report.css"),
            script=script,
            script_digest=digest,
        )
    )


def _sections(content: ReportContent, voice: Voice, publication: Publication | None) -> tuple[Section, ...]:
    import dataclasses

    makers, appendices = CHAPTERS, APPENDICES
    if publication is not None:
        makers, appendices = (publication.section, summary_section), (rules_section, policy_section)  # type: ignore[assignment]
    chapters = [section for make in makers if (section := make(content, voice)) is not None]
    numerals = voice.say("numerals").split()
    result = [
        dataclasses.replace(section, title=voice.say("chapter", number=numerals[place], title=section.title))
        for place, section in enumerate(chapters)
    ]
    for letter, make in zip("ABCD", appendices, strict=False):
        section = make(content, voice)
        result.append(dataclasses.replace(section, title=voice.say("appendix", letter=letter, title=section.title)))
    return numbered(result)


@functools.cache
def asset(name: str) -> str:
    """Return a file of the package's templates."""
    return (importlib.resources.files("gis.reports") / "templates" / name).read_text("utf-8")


@functools.cache
def environment() -> jinja2.Environment:
    """Return what every page of this package is set with: all text of the data is escaped and visible."""
    import jinja2
    import markupsafe

    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(asset),
        autoescape=True,
        # Markup is the template's own; a text of the data shows its controls and turns of direction by their numbers.
        finalize=lambda value: visible(value, keep="\n\t") if type(value) is str else value,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Style and script are files of the package; everything else is escaped.
    made.filters["own"] = markupsafe.Markup
    made.filters["lines"] = _lines
    return made


def _lines(text: Any) -> list[str]:
    return str(text).split("\n")
