"""Commands of the quota ledger that only read: balances, what is open, entries, chart, workbook, verification."""

from __future__ import annotations

import dataclasses
import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from gis.cli.console import STOPPED, LangOption, Language, out, print_json, said, said_cut, today
from gis.cli.ledger_console import (
    SHOWN_AT_MOST,
    AsJson,
    Database,
    Kind,
    Year,
    ledger_said,
    opened_ledger,
    require_known,
    said_unverified,
    show_rows,
)
from gis.cli.outputs import Overwrite, written_files
from gis.errors import InputError

KindFilter = Annotated[str | None, typer.Option(help="种类 / kind")]
YearFilter = Annotated[int | None, typer.Option(help="年度 / year")]
AccountFilter = Annotated[str | None, typer.Option(help="账户 / account")]
ReadDay = Annotated[
    dt.datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="截至该日（含） / to the end of this day")
]
Restated = Annotated[
    bool, typer.Option("--restated", help="补记分录按其所属日计入 / late entries count on the day that they are of")
]
STATEMENT = ("seq", "posting", "as_of", "effective", "action", "label", "year", "quantity", "unit", "from_account",
             "to_account", "first", "last", "reference", "project", "parcel_id", "document", "reason", "late_reason",
             "request")  # fmt: skip


class Level(StrEnum):
    """Who holds free quota."""

    CITY = "city"
    DISTRICT = "district"
    ZONE = "zone"
    AREA = "area"
    INDUSTRY = "industry"
    ENTERPRISE = "enterprise"


def balance_command(
    database: Database,
    kind: KindFilter = None,
    year: YearFilter = None,
    account: AccountFilter = None,
    by_level: Annotated[
        bool, typer.Option("--by-level", help="按年度、层级、种类及变动 / by year, level and kind, with what moved")
    ] = False,
    as_of: ReadDay = None,
    restated: Restated = False,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """各账户余额；--by-level 为各层级的平衡表。 / What each account has; or the balance by year, level and kind."""
    from gis.ledgers import balance_by_level

    if by_level and (account is not None or restated):
        raise typer.BadParameter("--by-level 不能与 --account、--restated 同用 / does not go with them")
    with opened_ledger(database, lang) as ledger:
        require_known(ledger, kind=kind, year=year, accounts=[account] if account else ())
        day = as_of.date() if as_of else None
        table = balance_by_level(ledger, as_of=day) if by_level else ledger.balance(as_of=day, restated=restated)
        for name, wanted in (("kind", kind), ("year", year), ("account", account)):
            table = table if wanted is None else table[table[name] == wanted]
        records = table.to_dict("records")
        if as_json:
            print_json(records)
            return
        if by_level:
            show_rows(records, ("kind", "label", "year", "level", *_moved_in(table), "balance", "unit"), lang)
        else:
            show_rows(records, ("kind", "label", "year", "account", "quantity", "unit"), lang)
        said_unverified(table["kind"], lang)


def _moved_in(table: Any) -> list[str]:
    """Return the actions that moved anything."""
    from gis.ledgers.balances import ACTIONS

    return [action for action in ACTIONS if any(table[action])]


def reservations_command(
    database: Database,
    kind: KindFilter = None,
    year: YearFilter = None,
    as_of: ReadDay = None,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """未使用的预留及其截止日。 / Reservations that hold quota, with their last day."""
    from gis.ledgers import quota_kind, read_state

    with opened_ledger(database, lang) as ledger:
        require_known(ledger, kind=kind, year=year)
        if as_of is None:
            day = today().isoformat()
            held = [
                dataclasses.asdict(one) | {"unit": quota_kind(one.kind).unit, "is_over": one.expires < day}
                for one in ledger.reservations()
            ]
        else:
            table = read_state(ledger, as_of=as_of.date()).reservations
            held = [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
        records = [one for one in held if kind in {None, one["kind"]} and year in {None, one["year"]}]
        if as_json:
            print_json(records)
            return
        columns = ("reservation_id", "project", "kind", "label", "year", "holder", "quantity", "unit", "expires",
                   "is_over")  # fmt: skip
        show_rows(records, columns, lang)
        over = sum(one["is_over"] for one in records)
        if over:
            ledger_said(lang, "reservations_over", count=over)


def loans_command(
    database: Database,
    is_open: Annotated[bool, typer.Option("--open", help="只列未还清的 / only what is still owed")] = False,
    as_of: ReadDay = None,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """周转暂借：借出、归还与尚欠。 / Loans: lent, repaid and owed."""
    from gis.ledgers import loans_on

    with opened_ledger(database, lang) as ledger:
        day = as_of.date() if as_of else None
        table = loans_on(ledger.statement(as_of=day), (day or today()).isoformat())
        records = [row for row in table.to_dict("records") if row["owed"] or not is_open]
        if as_json:
            print_json(records)
            return
        columns = ("loan", "kind", "label", "year", "lender", "borrower", "lent", "repaid", "owed", "unit", "due",
                   "is_overdue")  # fmt: skip
        show_rows(records, columns, lang)


def drawn_command(
    kind: Kind,
    year: Year,
    database: Database,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="CSV，供 zonegis map --quotas / CSV")] = None,
    as_of: ReadDay = None,
    overwrite: Overwrite = False,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """各地块已预留、已使用的指标；CSV 可作地图专题。 / What parcels have drawn; the CSV is a theme of the map."""
    from gis.csv_files import write_frame
    from gis.ledgers import quota_ratios
    from gis.ledgers.addresses import ledger_files

    with opened_ledger(database, lang) as ledger, written_files(
        output, inputs=ledger_files(database), overwrite=overwrite
    ):  # fmt: skip
        table = quota_ratios(ledger, kind, year, as_of=as_of.date() if as_of else None)
        if output is not None:
            write_frame(output, table)
        records = table.to_dict("records")
        if as_json:
            print_json(records)
            return
        show_rows(records, ("parcel_id", "reserved", "used", "unit", "quota_ratio"), lang)
        if output is not None:
            ledger_said(lang, "drawn_written", path=output)


def statement_command(
    database: Database,
    account: AccountFilter = None,
    as_of: ReadDay = None,
    restated: Restated = False,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """记账明细。 / The entries, in their order."""
    with opened_ledger(database, lang) as ledger:
        require_known(ledger, accounts=[account] if account else ())
        day = as_of.date() if as_of else None
        records = ledger.statement(account, as_of=day, restated=restated).to_dict("records")
        if as_json:
            print_json(records)
            return
        # A column that is blank in every row tells nothing, and takes room from the others.
        shown = [name for name in STATEMENT if not records or any(row.get(name, "label") != "" for row in records)]
        show_rows(records, shown, lang)
        said_unverified((row["kind"] for row in records), lang)


def chart_command(
    kind: Kind,
    year: Year,
    database: Database,
    output: Annotated[Path, typer.Option("--output", "-o", help="PNG 或 SVG 文件 / file, .png or .svg")],
    level: Annotated[Level | None, typer.Option(help="层级，默认合计 / level; all together without one")] = None,
    as_of: ReadDay = None,
    overwrite: Overwrite = False,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """某种类某年度的瀑布图：由发放到余额。 / A waterfall of a kind and year, from what was issued to what is left."""
    from gis.ledgers import balance_by_level, waterfall_steps
    from gis.ledgers.addresses import ledger_files
    from gis.reports import draw_waterfall

    if output.suffix.lower() not in {".png", ".svg"}:
        raise typer.BadParameter(".png / .svg", param_hint="--output")
    with opened_ledger(database, lang) as ledger, written_files(
        output, inputs=ledger_files(database), overwrite=overwrite
    ):  # fmt: skip
        require_known(ledger, kind=kind, year=year)
        day = as_of.date() if as_of else None
        steps = waterfall_steps(ledger, kind, year, level=level.value if level else None, as_of=day)
        if not len(steps):
            table = balance_by_level(ledger, as_of=day)
            found = table.loc[(table["kind"] == kind) & (table["year"] == year), "level"].tolist()
            raise InputError("ledger_no_level", kind=kind, year=year, found=level.value if level else "–",
                             choices=[one for one in found if one in list(Level)] or "–")  # fmt: skip
        shown = draw_waterfall(output, steps, kind=kind, year=year, lang=lang.value)
        if as_json:
            print_json({"chart": output, "steps": steps.to_dict("records")})
            return
        records = [row | {"action": row["step"]} for row in steps.to_dict("records")]
        show_rows(records, ("action", "quantity", "unit"), lang)
        said_unverified([kind], lang)
        if shown != lang.value:
            said(lang, "trend_no_font")
        ledger_said(lang, "file_written", path=output)


def workbook_command(
    database: Database,
    output: Annotated[Path, typer.Option("--output", "-o", help="XLSX 文件 / file, .xlsx")],
    parcels: Annotated[
        Path | None, typer.Option(help="地块所在区域 / CSV parcel_id,zone_id: adds a sheet of what zones draw")
    ] = None,
    as_of: ReadDay = None,
    overwrite: Overwrite = False,
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """整个账本的工作簿：平衡、各区域支用、明细。 / The ledger as a workbook: balance, drawn by zone, entries."""
    from gis.ledgers.addresses import ledger_files
    from gis.reports import write_quota_workbook
    from gis.workflow.land_jobs import read_job_table

    with opened_ledger(database, lang) as ledger, written_files(
        output, inputs=[*ledger_files(database), parcels], overwrite=overwrite
    ):  # fmt: skip
        places = None if parcels is None else read_job_table(parcels, {"parcel_id": "id", "zone_id": "id"})
        write_quota_workbook(output, ledger, as_of=as_of.date() if as_of else today(), parcels=places, lang=lang.value)
        if as_json:
            print_json({"workbook": output})
        else:
            ledger_said(lang, "file_written", path=output)


def verify_command(database: Database, lang: LangOption = Language.ZH, as_json: AsJson = False) -> None:
    """核验账本：改动、缺失、次序颠倒都会发现。 / Find any changed, missing or reordered entry."""
    from gis.ledgers import verify_ledger

    with opened_ledger(database, lang) as ledger:
        found = verify_ledger(ledger)
        if as_json:
            print_json({"entries_count": found.entries_count, "head_hash": found.head_hash,
                        "is_whole": found.is_whole, "faults": found.faults})  # fmt: skip
        elif found.is_whole:
            ledger_said(lang, "whole", count=found.entries_count)
            ledger_said(lang, "head_hash", hash=found.head_hash)
        else:
            ledger_said(lang, "broken", count=found.entries_count, faults=len(found.faults))
            for fault in found.faults[:SHOWN_AT_MOST]:
                out.print(escape(f"  - {fault}"))
            said_cut(lang, whole=len(found.faults), shown=min(len(found.faults), SHOWN_AT_MOST))
        if not found.is_whole:
            raise typer.Exit(STOPPED)
