"""Commands of the quota ledger that move quota between accounts, and the list of all its commands."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any

import typer

from gis.cli.console import LangOption, Language, messages, print_json
from gis.cli.ledger_console import (
    Account,
    AsJson,
    Database,
    Day,
    Document,
    Kind,
    LateReason,
    Once,
    Quantity,
    Reason,
    RequestKey,
    Year,
    booking_day,
    done,
    ledger_said,
    moved,
    opened_ledger,
    show_rows,
)
from gis.cli.ledger_projects import (
    book_command,
    expire_command,
    post_command,
    reserve_command,
    void_command,
)
from gis.cli.ledger_proposals import propose_command
from gis.cli.ledger_reading import (
    balance_command,
    chart_command,
    drawn_command,
    loans_command,
    reservations_command,
    statement_command,
    verify_command,
    workbook_command,
)
from gis.errors import QuotaError

__all__ = ["COMMANDS", "ledger_app"]

ledger_app = typer.Typer(
    help="指标台账：土地、能耗、污染物，一份指标只用一次。 / "
    "Quota ledger: land, energy, pollutants; none is spent twice.\n\n"
    "每个命令的 --help 末尾有示例。 / The help of each command ends with an example.",
    no_args_is_help=True,
)

Lender = Annotated[str, typer.Option("--from", help="借出账户 / account that lends, such as city")]
Borrower = Annotated[str, typer.Option("--to", help="借入账户 / account that borrows, such as district:310115")]
Due = Annotated[dt.datetime, typer.Option(formats=["%Y-%m-%d"], help="归还期限 / day by which it is given back")]
Why = Annotated[str, typer.Option(help="事由，必填 / reason, which must be given")]


def init_command(database: Database, lang: LangOption = Language.ZH, as_json: AsJson = False) -> None:
    """建立空账本，不覆盖已有账本。 / Make an empty ledger; none is overwritten."""
    from gis.ledgers import create_ledger

    with messages(lang), create_ledger(database) as ledger:
        if as_json:
            print_json({"database": ledger.address})
        else:
            ledger_said(lang, "made", database=ledger.address)


def kinds_command(lang: LangOption = Language.ZH, as_json: AsJson = False) -> None:
    """指标种类、单位、年度与依据。 / Kinds of quotas with unit, years and source."""
    from gis.ledgers import quota_kinds

    records = [dataclasses.asdict(kind) for kind in quota_kinds().values()]
    if as_json:
        print_json(records)
        return
    show_rows(records, ("kind", "label", "unit", "first_year", "last_year", "source", "verified"), lang)


def issue_command(  # noqa: PLR0913, PLR0917
    kind: Kind,
    year: Year,
    quantity: Quantity,
    database: Database,
    account: Account,
    as_of: Day = None,
    request: RequestKey = "",
    late_reason: LateReason = "",
    document: Document = "",
    reason: Reason = "",
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """向账户发放指标。 / Issue quota to an account."""
    with opened_ledger(database, lang) as ledger:
        once = Once(ledger, request)
        ledger.issue(kind, year, quantity, account=account, as_of=booking_day(as_of), document=document, reason=reason,
                     request=request, late_reason=late_reason)  # fmt: skip
        done("issued", {"account": account, **moved(kind, year, quantity)}, lang, as_json, once)


def transfer_command(  # noqa: PLR0913, PLR0917
    kind: Kind,
    year: Year,
    quantity: Quantity,
    database: Database,
    source: Annotated[str, typer.Option("--from", help="转出账户 / from account")],
    target: Annotated[str, typer.Option("--to", help="转入账户 / to account")],
    as_of: Day = None,
    request: RequestKey = "",
    late_reason: LateReason = "",
    document: Document = "",
    reason: Reason = "",
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """在账户之间调剂指标。 / Move quota between accounts."""
    with opened_ledger(database, lang) as ledger:
        once = Once(ledger, request)
        ledger.transfer(kind, year, quantity, source=source, target=target, as_of=booking_day(as_of),
                        document=document, reason=reason, request=request, late_reason=late_reason)  # fmt: skip
        done("transferred", {"source": source, "target": target, **moved(kind, year, quantity)}, lang, as_json, once)


def lend_command(  # noqa: PLR0913, PLR0917
    kind: Kind,
    year: Year,
    quantity: Quantity,
    database: Database,
    lender: Lender,
    borrower: Borrower,
    due: Due,
    as_of: Day = None,
    request: RequestKey = "",
    late_reason: LateReason = "",
    document: Document = "",
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """周转暂借：借出指标并登记借据，须归还。 / Lend quota; the loan has a number and is owed until it is repaid."""
    with opened_ledger(database, lang) as ledger:
        once = Once(ledger, request)
        loan = ledger.lend(kind, year, quantity, lender=lender, borrower=borrower, as_of=booking_day(as_of),
                           due=due.date(), document=document, request=request,
                           late_reason=late_reason)  # fmt: skip
        facts = {"loan": loan, "lender": lender, "borrower": borrower, "due": due.date()}
        done("lent", {**facts, **moved(kind, year, quantity)}, lang, as_json, once)


def repay_command(
    loan: Annotated[str, typer.Argument(help="借据编号 / number of the loan (see `ledger loans`)")],
    quantity: Quantity,
    database: Database,
    year: Annotated[
        int | None, typer.Option(help="用以后年度的指标归还 / year of the units, where they are of a later one")
    ] = None,
    as_of: Day = None,
    request: RequestKey = "",
    late_reason: LateReason = "",
    document: Document = "",
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """归还借入的指标，可分次。 / Give back quota of a loan, all of it or a part."""
    from gis.ledgers import quota_kind

    with opened_ledger(database, lang) as ledger:
        once = Once(ledger, request)
        ledger.repay(loan, quantity, as_of=booking_day(as_of), year=year, document=document, request=request,
                     late_reason=late_reason)  # fmt: skip
        loans = ledger.loans()
        row = loans[loans["loan"] == loan].iloc[0]
        facts = {"loan": loan, "quantity": quantity, "owed": row["owed"], "unit": quota_kind(row["kind"]).unit}
        done("repaid", facts, lang, as_json, once)


def deduct_command(  # noqa: PLR0913, PLR0917
    kind: Kind,
    year: Year,
    quantity: Quantity,
    database: Database,
    account: Account,
    reason: Why,
    as_of: Day = None,
    request: RequestKey = "",
    late_reason: LateReason = "",
    document: Document = "",
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """扣减账户的指标，不再可用。 / Take quota away from an account for good."""
    with opened_ledger(database, lang) as ledger:
        if not reason.strip():
            raise QuotaError("quota_reason_missing")
        once = Once(ledger, request)
        ledger.deduct(kind, year, quantity, account=account, as_of=booking_day(as_of), document=document,
                      reason=reason, request=request, late_reason=late_reason)  # fmt: skip
        done("deducted", {"account": account, **moved(kind, year, quantity)}, lang, as_json, once)


def carry_over_command(  # noqa: PLR0913, PLR0917
    kind: Kind,
    year: Annotated[int, typer.Argument(help="结转的年度 / year whose quota moves to the next")],
    quantity: Quantity,
    database: Database,
    account: Account,
    as_of: Day = None,
    request: RequestKey = "",
    late_reason: LateReason = "",
    document: Document = "",
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """将账户未用的指标结转到下一年度。 / Carry quota that an account did not use over to the next year."""
    with opened_ledger(database, lang) as ledger:
        once = Once(ledger, request)
        ledger.carry_over(kind, year, quantity, account=account, as_of=booking_day(as_of), document=document,
                          request=request, late_reason=late_reason)  # fmt: skip
        facts = {"account": account, "next_year": year + 1, **moved(kind, year, quantity)}
        done("carried_over", facts, lang, as_json, once)


def reverse_command(
    posting: Annotated[int, typer.Argument(help="记账号 / number of the posting (see `ledger statement`)")],
    database: Database,
    reason: Why,
    as_of: Day = None,
    request: RequestKey = "",
    late_reason: LateReason = "",
    lang: LangOption = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """冲正一笔记账：原分录不改，另记相反分录。 / Undo a posting by its mirror; the entries themselves stay."""
    with opened_ledger(database, lang) as ledger:
        once = Once(ledger, request)
        ledger.reverse(posting, as_of=booking_day(as_of), reason=reason, request=request, late_reason=late_reason)
        done("reversed", {"posting": posting}, lang, as_json, once)


#: Every command with the example that its help ends with; together, in this order, they are one story.
COMMANDS: dict[str, tuple[Callable[..., Any], str]] = {
    "init": (init_command, "init -d quotas.db"),
    "kinds": (kinds_command, "kinds"),
    "issue": (
        issue_command,
        "issue new_construction_land 2026 40000 --account city --document 示例文号 --as-of 2026-01-05 -d quotas.db",
    ),
    "transfer": (
        transfer_command,
        "transfer new_construction_land 2026 20000 --from city --to district:310115 --as-of 2026-01-06 -d quotas.db",
    ),
    "lend": (
        lend_command,
        "lend new_construction_land 2026 5000 --from city --to district:310115 --due 2026-12-31 "
        "--as-of 2026-01-07 -d quotas.db",
    ),
    "repay": (repay_command, "repay L00000003 2000 --as-of 2026-01-08 -d quotas.db"),
    "deduct": (
        deduct_command,
        "deduct new_construction_land 2026 300 --account district:310115 --reason 批而未供 "
        "--as-of 2026-01-09 -d quotas.db",
    ),
    "reverse": (reverse_command, "reverse 5 --reason 重复扣减 --as-of 2026-01-10 -d quotas.db"),
    "carry-over": (
        carry_over_command,
        "carry-over new_construction_land 2026 500 --account district:310115 --as-of 2026-01-11 -d quotas.db",
    ),
    "reserve": (
        reserve_command,
        "reserve new_construction_land 2026 2000 --holder district:310115 --project P1 --parcel 00000001 "
        "--expires 2026-08-01 --as-of 2026-02-01 -d quotas.db",
    ),
    "book": (book_command, "book project.yaml --as-of 2026-02-02 -d quotas.db"),
    "propose": (propose_command, "propose requests.csv --account district:310115 -d quotas.db"),
    "post": (post_command, "post R00000008-1 1800 --as-of 2026-03-01 -d quotas.db"),
    "void": (void_command, "void R00000009-1 --reason 项目撤回 --as-of 2026-03-02 -d quotas.db"),
    "expire": (expire_command, "expire --as-of 2026-03-03 -d quotas.db"),
    "balance": (balance_command, "balance --by-level --year 2026 -d quotas.db"),
    "reservations": (reservations_command, "reservations -d quotas.db"),
    "loans": (loans_command, "loans -d quotas.db"),
    "drawn": (drawn_command, "drawn new_construction_land 2026 -o quotas.csv -d quotas.db"),
    "statement": (statement_command, "statement --account district:310115 -d quotas.db"),
    "chart": (
        chart_command, "chart new_construction_land 2026 --level district -o land_2026.png -d quotas.db",
    ),
    "workbook": (workbook_command, "workbook -o quotas.xlsx -d quotas.db"),
    "verify": (verify_command, "verify -d quotas.db"),
}  # fmt: skip
for _name, (_command, _example) in COMMANDS.items():
    ledger_app.command(_name, epilog=f"例 / example: zonegis ledger {_example}")(_command)
