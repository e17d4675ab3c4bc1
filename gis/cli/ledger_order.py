"""Sources that a booking passes over though they come earlier in the order of the rule: a note, no refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gis.cli.ledger_console import ledger_said

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from gis.cli.console import Language
    from gis.ledgers import Ledger, Project, ProjectAnswer

__all__ = ["earlier_sources", "said_earlier"]

ORDER = "quotas.supply_order"


def earlier_sources(ledger: Ledger, project: Project, answer: ProjectAnswer, as_of: dt.date) -> list[dict[str, Any]]:
    """Return accounts with free units of a pollutant that come before one that is drawn on and were not named.

    The engine judges the holders that a booking names; whether another source is the project's to use, people know.

    Returns
    -------
    kind, year, account, quantity and unit, in the order of the rule; none where no rule is in force.
    """
    from gis.ledgers import quota_kind
    from gis.ledgers.replacing import LEVELS
    from gis.regulations import load_rules

    found: list[dict[str, Any]] = []
    free = None
    for need in project.needs:
        own = quota_kind(need.kind)
        districts = [one.partition(":")[2] for one in need.holders if one.startswith("district:")]
        place = districts[-1] if districts else project.replacement().place
        if own.family != "pollutant" or not place:
            continue
        rules = load_rules(as_of=as_of, place=place)
        if not rules.covers(ORDER):
            continue
        order = list(rules.get(ORDER).value)
        drawn = [one.holder for one in answer.reservations if (one.kind, one.year) == (need.kind, need.year)]
        last = max(_place(account, order, LEVELS) for account in drawn or need.holders)
        free = ledger.balance() if free is None else free
        rows = free[(free["kind"] == need.kind) & (free["year"] == need.year)].to_dict("records")
        earlier = [
            (_place(row["account"], order, LEVELS), row["account"], row) for row in rows
            if row["account"] not in need.holders and row["account"].partition(":")[0] not in {"reserved", "project"}
        ]  # fmt: skip
        found += [
            {"kind": need.kind, "year": need.year, "account": name, "quantity": row["quantity"], "unit": own.unit}
            for place_of, name, row in sorted(earlier, key=lambda one: one[:2]) if place_of < last
        ]  # fmt: skip
    return found


def said_earlier(earlier: Sequence[dict[str, Any]], lang: Language) -> None:
    """Name the sources that come earlier in the order, have free units and were not named."""
    from gis.ledgers import quota_kind

    keys = dict.fromkeys((one["kind"], one["year"]) for one in earlier)
    for kind, year in keys:
        own = [one for one in earlier if (one["kind"], one["year"]) == (kind, year)]
        sources = ", ".join(f"{one['account']} ({one['quantity']} {quota_kind(kind).symbol})" for one in own)
        ledger_said(lang, "earlier_sources", label=quota_kind(kind).label[lang.value], year=year, sources=sources)


def _place(account: str, order: list[str], levels: Any) -> int:
    level = account.partition(":")[0]
    level = levels.get(level, level)
    return order.index(level) if level in order else len(order)
