"""The chapter on quotas: on which state of the ledger it rests, the balance by year, level and kind, what is drawn."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from gis.areas import ABSENT
from gis.ledgers.balances import ACTIONS, LEVELS
from gis.ledgers.kinds import quota_kind, quota_kinds
from gis.ledgers.loans import loans_on
from gis.regulations import place_name
from gis.reports.blocks import Block, Callout, Cell, CellKind, Head, Row, Section, Step, Table, Waterfall
from gis.reports.quota_chart import waterfall_bars
from gis.reports.quota_loans import loan_lines
from gis.schema import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from gis.ledgers import LedgerState
    from gis.reports.content import ReportContent
    from gis.reports.words import Voice

__all__ = ["account_text", "exact_text", "quota_section", "state_lines", "unverified_kinds"]

#: A page lists so many of the newest entries and of the reservations; the workbook has them all.
LISTED = 200
HASH_SHOWN = 16


def exact_text(quantity: Decimal) -> str:
    """Return a quantity with every decimal that its kind keeps.

    Examples
    --------
    >>> exact_text(Decimal("1234567.500")), exact_text(Decimal("-0.000001"))
    ('1,234,567.500', '−0.000001')
    """
    return f"{quantity:,f}".replace("-", "−")


def state_lines(state: LedgerState, lang: Any) -> list[str]:
    """Return on which state of the ledger the figures rest."""
    facts = {"ledger": state.address, "count": state.entries_count, "hash": state.head_hash[:HASH_SHOWN]}
    lines = [text("ledger.state", lang, as_of=state.as_of, **facts)]
    if state.later_count:
        lines.append(text("ledger.state_later", lang, count=state.later_count, as_of=state.as_of))
    over = state.reservations[state.reservations["is_over"].astype(bool)]
    if len(over):
        lines.append(text("ledger.state_over", lang, count=len(over), as_of=state.as_of))
    return lines


def unverified_kinds(state: LedgerState, lang: Any) -> list[str]:
    """Return the labels of the kinds whose source was not verified, in the order of the list of kinds."""
    found = set(state.balance["kind"])
    return [kind.label[lang] for name, kind in quota_kinds().items() if name in found and not kind.verified]


def quota_section(content: ReportContent, voice: Voice) -> Section | None:
    """Return the chapter, or None where the run names no ledger."""
    state = content.quotas
    if state is None:
        return None
    lang = voice.lang
    blocks: list[Block] = [Callout(text("ledger.state_title", lang), tuple(state_lines(state, lang)))]
    owed = loan_lines(state, lang)
    if owed:
        tone: Literal["alarm", "warning"] = "alarm" if any(is_late for _, is_late in owed) else "warning"
        blocks.append(Callout(text("ledger.loans_title", lang), tuple(line for line, _ in owed), tone))
    open_kinds = unverified_kinds(state, lang)
    if open_kinds:
        told = text("ledger.unverified", lang, kinds=voice.joined(open_kinds))
        blocks.append(Callout(text("ledger.unverified_title", lang), (told,), "warning"))
    keys = dict.fromkeys(zip(state.balance["kind"], state.balance["year"], strict=True))
    for kind, year in keys:
        own = state.balance[(state.balance["kind"] == kind) & (state.balance["year"] == year)]
        blocks.append(_balance(own, kind, year, voice))
        steps = state.waterfalls.get((kind, year))
        if steps is not None and len(steps):
            blocks.append(_waterfall(steps, kind, year, voice))
    if state.zones is not None and len(state.zones):
        blocks.append(_zones(state.zones, content, voice))
    if len(state.reservations):
        blocks.append(_reservations(state.reservations, voice))
    loans = loans_on(state.statement, state.as_of)
    if len(loans):
        blocks.append(_loans(loans, voice))
    blocks.append(_statement(state, voice))
    return Section("quotas", text("ledger.section", lang), tuple(blocks))


def _titled(kind: str, year: int, voice: Voice) -> str:
    own = quota_kind(kind)
    return text("ledger.chart_title", voice.lang, label=own.label[voice.lang], year=year, unit=own.symbol)


def _amount(quantity: Decimal) -> Cell:
    return Cell(exact_text(quantity) if quantity else ABSENT, "number")


def _balance(table: pd.DataFrame, kind: str, year: int, voice: Voice) -> Table:
    """Return a row an action that moved anything and a column a level; every column adds up to its balance."""
    lang = voice.lang
    levels = [level for level in LEVELS if level in set(table["level"])]
    own: dict[Any, Any] = {row["level"]: row for row in table.to_dict("records")}
    rows = []
    for action in (name for name in ACTIONS if any(table[name])):
        moved = [own[level][action] for level in levels]
        label = Cell(text(f"ledger.action_{action}", lang))
        rows.append(Row((label, *map(_amount, moved), _amount(sum(moved, Decimal(0))))))
    left = [own[level]["balance"] for level in levels]
    cells = (Cell(exact_text(one), "number") for one in (*left, sum(left, Decimal(0))))
    rows.append(Row((Cell(text("ledger.col_balance", lang)), *cells), "total"))
    width = 84 // (len(levels) + 1)
    heads = [Head(text(f"ledger.level_{level}", lang), "number", width) for level in levels]
    head = (Head(text("ledger.col_action", lang), width=16), *heads, Head(voice.say("total"), "number", width))
    cited = text("ledger.source_of", lang, source=quota_kind(kind).source)
    flag = () if quota_kind(kind).verified else (text("ledger.chart_unverified", lang),)
    return Table(_titled(kind, year, voice), head, tuple(rows), (cited, *flag))


def _waterfall(steps: pd.DataFrame, kind: str, year: int, voice: Voice) -> Waterfall:
    bars = waterfall_bars(steps)
    ends = [level for _, bottom, height in bars for level in (bottom, bottom + height)]
    low, high = min(ends), max(ends)
    reach = float(high - low) or 1.0
    drawn = []
    for name, bottom, height in bars:
        label = text("ledger.left" if name == "left" else f"ledger.action_{name}", voice.lang)
        start = float(min(bottom, bottom + height) - low) / reach
        kind_of: Literal["up", "down", "left"] = "left" if name == "left" else "up" if height >= 0 else "down"
        drawn.append(Step(label, exact_text(height), start, float(abs(height)) / reach, kind_of))
    described = voice.joined(f"{step.label} {step.value}" for step in drawn)
    title = text("ledger.waterfall", voice.lang, title=_titled(kind, year, voice))
    return Waterfall(f"chart-quota-{kind}-{year}", title, described, tuple(drawn))


def _kind_cell(row: Any, voice: Voice) -> Cell:
    return Cell(quota_kind(row["kind"]).label[voice.lang], detail=str(row["year"]))


def _with_unit(row: Mapping[Any, Any], name: str) -> Cell:
    quantity = row[name]
    return Cell(f"{exact_text(quantity)} {quota_kind(row['kind']).symbol}" if quantity else ABSENT, "number")


def account_text(account: str, lang: Any) -> str:
    """Return an account as people read it; what people named stays as they named it.

    Examples
    --------
    >>> account_text("district:310115", "zh"), account_text("reserved:R00000002-1", "en"), account_text("issued", "en")
    ('区级 浦东新区', 'reserved R00000002-1', 'issued')
    """
    level, _, name = account.partition(":")
    shown = place_name(name)[lang] if level == "district" else name
    return f"{text(f'ledger.account_{level}', lang)} {shown}".strip()


def _heads(lang: Any, *columns: tuple[str, CellKind, int]) -> tuple[Head, ...]:
    return tuple(Head(text(f"ledger.{name}", lang), kind, width) for name, kind, width in columns)


def _zones(zones: pd.DataFrame, content: ReportContent, voice: Voice) -> Table:
    names = dict(zip(content.zones["zone_id"].astype("str"), content.zones["zone_name"].astype("str"), strict=True))
    elsewhere = text("ledger.zone_elsewhere", voice.lang)
    # What parcels elsewhere draw stands last.
    records = sorted(zones.to_dict("records"), key=lambda row: row["zone_id"] == "")
    rows = tuple(
        Row((
            Cell(names.get(row["zone_id"], row["zone_id"]) or elsewhere), _kind_cell(row, voice),
            _with_unit(row, "reserved"), _with_unit(row, "used"),
        ))
        for row in records
    )  # fmt: skip
    head = _heads(voice.lang, ("col_zone", "text", 28), ("col_kind", "text", 28), ("col_reserved", "number", 22),
                  ("col_used", "number", 22))  # fmt: skip
    return Table(text("ledger.sheet_zones", voice.lang), head, rows, (text("ledger.drawn_note", voice.lang),))


def _reservations(table: pd.DataFrame, voice: Voice) -> Table:
    over = text("ledger.col_is_over", voice.lang)
    rows = tuple(
        Row((
            Cell(row["reservation_id"], "id"), Cell(row["project"], detail=row["parcel_id"]), _kind_cell(row, voice),
            Cell(account_text(row["holder"], voice.lang)), _with_unit(row, "quantity"),
            Cell(row["expires"], "date", detail=over if row["is_over"] else ""),
        ))
        for row in table.head(LISTED).to_dict("records")
    )  # fmt: skip
    head = _heads(voice.lang, ("col_reservation_id", "id", 15), ("col_project_parcel", "text", 18),
                  ("col_kind", "text", 20), ("col_holder", "text", 17), ("col_quantity", "number", 18),
                  ("col_expires", "date", 12))  # fmt: skip
    notes = _cut(len(table), "sheet_reservations", voice)
    return Table(text("ledger.sheet_reservations", voice.lang), head, rows, notes, is_long=len(rows) > 12)


def _loans(table: pd.DataFrame, voice: Voice) -> Table:
    overdue = text("ledger.col_is_overdue", voice.lang)
    rows = tuple(
        Row((
            Cell(row["loan"], "id"), _kind_cell(row, voice),
            Cell(f"{account_text(row['lender'], voice.lang)} →", detail=account_text(row["borrower"], voice.lang)),
            _with_unit(row, "lent"), _with_unit(row, "repaid"), _with_unit(row, "owed"),
            Cell(row["due"], "date", detail=overdue if row["is_overdue"] else ""),
        ))
        for row in table.head(LISTED).to_dict("records")
    )  # fmt: skip
    head = _heads(voice.lang, ("col_loan", "id", 11), ("col_kind", "text", 18), ("col_lender_borrower", "text", 16),
                  ("col_lent", "number", 15), ("col_repaid", "number", 14), ("col_owed", "number", 14),
                  ("col_due", "date", 12))  # fmt: skip
    notes = _cut(len(table), "sheet_loans", voice)
    return Table(text("ledger.sheet_loans", voice.lang), head, rows, notes, is_long=len(rows) > 12)


def _statement(state: LedgerState, voice: Voice) -> Table:
    rows = tuple(
        Row((
            Cell(str(row["seq"]), "number", detail=row["as_of"]),
            Cell(text(f"ledger.action_{row['action']}", voice.lang)), _kind_cell(row, voice),
            _with_unit(row, "quantity"),
            Cell(f"{account_text(row['from_account'], voice.lang)} →",
                 detail=account_text(row["to_account"], voice.lang)),
            Cell(_dashed(row["project"], row["parcel_id"]), detail=_dashed(row["document"], row["reason"], dash="")),
        ))
        for row in state.statement.tail(LISTED).to_dict("records")
    )  # fmt: skip
    head = _heads(voice.lang, ("col_seq_date", "number", 12), ("col_action", "text", 9), ("col_kind", "text", 19),
                  ("col_quantity", "number", 19), ("col_accounts", "text", 21), ("col_told", "text", 20))  # fmt: skip
    notes = _cut(len(state.statement), "sheet_entries", voice)
    return Table(text("ledger.sheet_entries", voice.lang), head, rows, notes, is_long=len(rows) > 12)


def _dashed(*parts: str, dash: str = ABSENT) -> str:
    return " · ".join(part for part in parts if part) or dash


def _cut(count: int, sheet: str, voice: Voice) -> tuple[str, ...]:
    """Return what a table leaves out, and where the whole is."""
    if count <= LISTED:
        return ()
    named = text(f"ledger.{sheet}", voice.lang)
    return (text("ledger.listed", voice.lang, shown=LISTED, count=count, sheet=named),)
