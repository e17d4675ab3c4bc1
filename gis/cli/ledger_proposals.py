"""The command that proposes who gets what of the free quotas; it books nothing."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gis.cli.console import LangOption, Language, plain_records, print_json
from gis.cli.ledger_console import (
    AsJson,
    Database,
    booking_day,
    ledger_said,
    ledger_say,
    opened_ledger,
    require_known,
    said_unverified,
    show_rows,
)
from gis.cli.ledger_words import words_for_codes

if TYPE_CHECKING:
    from gis.scenarios import Allocation

__all__ = ["propose_command"]


def propose_command(
    path: Annotated[Path, typer.Argument(help="申请表 / requests, CSV, XLSX or YAML", metavar="REQUESTS")],
    database: Database,
    account: Annotated[list[str], typer.Option(help="可分配的账户，可多个 / accounts whose free quota is shared out")],
    as_of: Annotated[
        dt.datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="该日的规则和余额，默认今天 / rules and balance of a day"),
    ] = None,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """按优先级提出分配方案，只提方案，不入账。 / Propose who gets what, by priority; nothing is booked.

    优先级 1 最先，权值为正整数，每个项目每种指标一行。 / Priority 1 comes first; a row a project and kind:

    quantity 为申请数量；污染物填新增排放，须替代的数量 = 排放 × 倍数，倍数由 water_quality、air_quality（met/not_met）
    决定，未填则待定。 / For pollutants quantity is the new emission; needed is emission × ratio, which the columns
    water_quality and air_quality (met/not_met) decide; without them it is undetermined. place: 区划代码 / district.

    \b
    project,priority,value,kind,year,quantity
    P3,1,2,new_construction_land,2026,12000
    P4,2,3,new_construction_land,2026,9000
    """  # noqa: D301 - the mark keeps the lines of the example
    from gis.workflow import propose_quotas, read_requests

    with opened_ledger(database, lang) as ledger:
        require_known(ledger, accounts=account)
        day = booking_day(as_of)
        proposal = propose_quotas(
            ledger, read_requests(path), accounts=account, as_of=day, balance_of=day if as_of else None
        )
        if as_json:
            tables = {field.name: getattr(proposal, field.name) for field in dataclasses.fields(proposal)}
            print_json({name: plain_records(table) for name, table in tables.items()})
            return
        _show_proposal(proposal, lang)


def _show_proposal(proposal: Allocation, lang: Language) -> None:
    ledger_said(lang, "proposed")
    projects = [
        row | {"reason": ledger_say(f"left_out_{row['reason']}", lang) if row["reason"] else "",
               "short_of": words_for_codes(row["short_of"], lang)}
        for row in proposal.projects.to_dict("records")
    ]
    show_rows(projects, ("project", "priority", "value", "given", "reason", "short_of"), lang)
    show_rows(proposal.lines.to_dict("records"), ("project", "kind", "label", "year", "quantity", "unit"), lang)
    if len(proposal.replaced):
        ledger_said(lang, "proposed_emissions")
        needs = [row | {"status": ledger_say(f"quality_{row['status']}", lang)} for row in
                 proposal.replaced.to_dict("records")]  # fmt: skip
        show_rows(needs, ("project", "label", "year", "emission", "status", "ratio", "need", "unit"), lang)
    if (proposal.projects["reason"] == "undetermined").any():
        ledger_said(lang, "proposed_undetermined")
    quotas = [
        row | {"price": f"{row['price']:.6g}" if row["price"] else "", "price_priority": _or_blank(row)}
        for row in proposal.quotas.to_dict("records")
    ]
    columns = ("kind", "label", "year", "quota", "given", "left", "unit", "is_binding", "price", "price_priority")
    show_rows(quotas, columns, lang)
    ledger_said(lang, "price_note")
    said_unverified(proposal.quotas["kind"], lang)


def _or_blank(row: Any) -> str:
    return str(int(row["price_priority"])) if row["price"] else ""
