"""The case of a parcel as one page to print: no network, no script, all text of the data escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import markupsafe

from gis.reports.case_line import line_markup
from gis.reports.page import asset, environment
from gis.schema import text
from gis.writing import atomic_file

if TYPE_CHECKING:
    from pathlib import Path

    from gis.reports.case_content import CaseContent

__all__ = ["write_case_page"]

HTML_LANG = {"zh": "zh-CN", "en": "en"}


def write_case_page(path: Path | str, content: CaseContent) -> None:
    """Write the page of a case.

    Parameters
    ----------
    path
        Replaced as a whole, or not at all.
    content
        The same content gives the same bytes.

    Raises
    ------
    OutputError
        If the file can't be written.
    """
    lang = content.lang

    def say(key: str, **facts: object) -> str:
        return text(f"case.{key}", lang, **facts)

    banner = "" if content.quality == "approved" else text(f"report.banner_{content.quality}", lang)
    page = (
        environment()
        .get_template("case.html.j2")
        .render(
            say=say, case=content, html_lang=HTML_LANG[lang], banner=banner, style=asset("case.css"),
            line=markupsafe.Markup(line_markup(content)),  # noqa: S704 - a template of ours, its texts escaped
            draft_titles=[(draft.name, text(f"case_drafts.{draft.title}", lang)) for draft in content.drafts],
        )
    )  # fmt: skip
    with atomic_file(path) as temporary:
        temporary.write_text(page, "utf-8", newline="\n")
