"""Order 53 a parcel at a time, in plain Python: a second way that shares no code with the analyses.

`judge` walks through a history in the order of its days, as a clerk would with the file on the desk. It is written
from the articles: dates, days counted on the calendar one at a time, and fractions; nothing else.

Art. 2 ¶1, ¶2: idle a year after the agreed start without a start; or stopped for a year with too little done. Art. 8: a
cause that made the delay, (1) late delivery among them. Art. 12, 14: what follows. Art. 22 ¶2: no start agreed. Art. 24:
one condition for both of its halves. Art. 30: what a start is. Civil Code 201-203: how a year runs.
"""

from __future__ import annotations

import calendar
import datetime as dt
from fractions import Fraction

ONE_DAY = dt.timedelta(days=1)
EXEMPT = ("government_cause", "force_majeure")
NEVER_BEFORE, NEVER_AFTER = dt.date.min, dt.date.max
#: On one day: what was agreed before what restarts it, a stop before its end.
TURN = {"agreed_commencement": 0, "suspended": 0, "resumed": 1, "article_12_agreement": 1}


def years_on(day: dt.date, years: int) -> dt.date:
    last = calendar.monthrange(day.year + years, day.month)[1]
    return dt.date(day.year + years, day.month, min(day.day, last))


def months_on(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def full_from(day: dt.date, years: int, counts: bool) -> dt.date:
    return years_on(day, years) + (dt.timedelta(0) if counts else ONE_DAY)


def is_below(part, whole, limit) -> bool | None:
    """Whether part/whole < limit; None where it can't be told."""
    if part is None or whole is None or whole <= 0:
        return None
    return Fraction(str(part)) / Fraction(str(whole)) < limit


class File:
    """What the papers of one parcel say up to a day."""

    def __init__(self, parcel: dict, events: list[tuple], day: dt.date):
        self.parcel, self.day = parcel, day
        self.lasting = [(*event, None)[:4] for event in events if event[0] <= day and event[1] in EXEMPT]
        events = [event[:3] for event in events]
        self.past = sorted(
            (event for event in events if event[0] <= day),
            key=lambda e: (e[0], TURN.get(e[1], 0), e[2] is None, str(e[2])),
        )
        self.kinds = {kind for _, kind, _ in self.past}
        self.to_come = {kind for _, kind, _ in events} - self.kinds
        self.ever = {kind for _, kind, _ in events}

    def first(self, kind: str) -> dt.date | None:
        return next((on for on, name, _ in self.past if name == kind), None)

    def dated(self, kind: str, column: str) -> dt.date | None:
        return self.first(kind) or self.parcel.get(column)

    def latest(self, kind: str, column: str):
        if kind not in self.ever:
            return self.parcel.get(column)
        of_kind = [(on, value) for on, name, value in self.past if name == kind]
        if not of_kind:
            return None
        return max(value for on, value in of_kind if on == of_kind[-1][0])

    def start(self) -> dt.date | None:
        own = self.parcel.get("commencement_date")
        if self.first("commenced"):
            return self.first("commenced")
        if own and own <= self.day:
            return own
        permit, foundation = self.first("construction_permit"), self.first("foundation_facts")
        return max(permit, foundation) if permit and foundation else own

    def stop(self) -> dt.date | None:
        """The day since which construction has stood still."""
        own = self.parcel.get("suspension_date")
        if not {"suspended", "resumed"} & self.kinds:
            return own
        walk = [(on, kind) for on, kind, _ in self.past if kind in ("suspended", "resumed")]
        if own and own <= self.day:
            walk.append((own, "suspended"))
        since = None
        for on, kind in sorted(walk, key=lambda step: (step[0], step[1] == "resumed")):
            since = None if kind == "resumed" else since or on
        return since

    def agreement(self) -> tuple[dt.date | None, str | None, dt.date | None, bool]:
        """Agreed start, what is said of whether one was agreed, day of the art. 12 agreement in force, is it untold."""
        start, said, made, untold = *map(self.parcel.get, ("agreed_commencement_date", "start_agreement")), None, None
        if "supplied" in self.to_come:  # agreed with the supply, which is yet to come
            start = said = None
        last = None
        for on, kind, value in self.past:
            if kind == "agreed_commencement" and isinstance(value, dt.date):
                start, made, last = value, None, on
            elif kind == "agreed_commencement" and not (last == on and start is not None and made is None):
                start, said, made, last = None, value, None, on
            elif kind == "article_12_agreement" and isinstance(value, dt.date):
                start, made, last = value, on, on
            elif kind == "article_12_agreement" and value is None:
                untold = on
        return start, said, made, untold is not None and (last is None or untold >= last)

    def causes(self) -> list[tuple[dt.date | None, dt.date | None, str]]:
        """Every cause of art. 8 that has begun: first day, last day, what it is."""
        found = [(on, last, kind) for on, kind, _, last in self.lasting]
        own = self.parcel.get("delay_cause")
        if own in EXEMPT and own not in self.ever:
            first = self.parcel.get("delay_cause_first_date")
            if first is None or first <= self.day:
                found.append((first, self.parcel.get("delay_cause_last_date"), own))
        return [(first, None if first and last and last < first else last, kind) for first, last, kind in found]

    def check(self) -> dt.date | None:
        """The day of the last check that found that work had not begun."""
        return max((on for on, kind, _ in self.past if kind == "not_commenced"), default=None)

    def recorded_after(self, kind: str, settled: dt.date | None) -> bool:
        """Whether there is a record, of a day after what settled the land before."""
        days = [on for on, name, _ in self.past if name == kind]
        return bool(days) and (settled is None or max(days) > settled)

    def state(self) -> str | None:
        own = self.parcel.get("construction_state")
        told_by = {"under_construction": "commenced", "suspended": "suspended", "completed": "completed"}
        return None if told_by.get(own) in self.to_come else own


def explained(causes: list, begin: dt.date, limit: dt.date, day: dt.date) -> tuple[str, int | None]:
    """Whether recorded causes explain the delay (art. 8), and how many days before the limit they cover."""
    covered, is_open, is_late = set(), False, False
    for first, last, _ in causes:
        if last is not None and last < begin:
            continue  # over before the time that runs began
        if first is not None and first >= limit:
            is_late = True  # the land was idle already
        elif first is None or last is None:
            is_open = True
        else:
            end = min(last, day, limit - ONE_DAY)
            covered |= {first + dt.timedelta(days=n) for n in range((end - first).days + 1)}
    covered = {each for each in covered if each >= begin}
    if covered:
        return "counts", len(covered)
    return ("open" if is_open else "late" if is_late else ""), None


def judge(parcel: dict, events: list[tuple], day: dt.date, *, counts: bool = False, held: int = 3) -> dict:  # noqa: C901 - one walk
    """Return status, route and the rest as of a day; a check that found no start holds ``held`` months."""
    file = File(parcel, events, day)

    def past(moment: dt.date | None) -> bool:
        return moment is not None and moment <= day

    agreed, said_agreed, made, untold = file.agreement()
    start, stop, state = file.start(), file.stop(), file.state()
    supply, delivery = file.dated("supplied", "supply_date"), file.dated("delivered", "delivery_date")
    completion, production = file.dated("completed", "completion_date"), file.dated("in_production", "production_date")
    # supply
    said = parcel.get("supply_status")
    hidden = "supplied" in file.to_come
    said = None if hidden and said == "supplied" else said
    contract = None if hidden else parcel.get("contract_id")
    ahead = supply is not None and supply > day
    kept_back = (said == "approved_not_supplied" and not past(supply)) or ahead
    shown = past(supply) or past(delivery) or past(start) or "agreed_commencement" in file.kinds
    supplied = not kept_back and (said == "supplied" or shown or ((agreed or contract) is not None and not ahead))
    # construction: what is not recorded is not known
    start_ahead = start is not None and start > day
    stops = bool({"suspended", "resumed"} & file.kinds)
    begun = past(start) or past(completion) or past(production)
    begun = begun or (state in ("under_construction", "suspended", "completed") and not start_ahead)
    stopped_only = not begun and (stops or past(stop))
    permitted = {"construction_permit", "commenced"} & file.kinds or past(parcel.get("commencement_date"))
    unclear = "foundation_facts" in file.kinds and not permitted
    check = file.check()
    built_since = unclear and check is not None and file.first("foundation_facts") > check
    fresh = check is not None and not built_since and day <= months_on(check, held)
    not_begun = not begun and not stopped_only and (start_ahead or state == "not_started" or fresh)
    producing = past(production)
    complete = not producing and (past(completion) or (state == "completed" and completion is None and not start_ahead))
    halted = begun and not producing and not complete
    halted = halted and (past(stop) or (state == "suspended" and "resumed" not in file.kinds))
    log_start = "commenced" in file.kinds or stops
    log_start = log_start or {"construction_permit", "foundation_facts"} <= file.kinds
    working = begun and not (producing or complete or halted) and (state == "under_construction" or log_start)
    # type A
    no_start_agreed = said_agreed in ("not_agreed", "unclear")
    clock = agreed or (years_on(delivery, 1) if delivery and no_start_agreed else None)
    clock_known = clock is not None and not untold
    waits = supplied and not_begun
    runs = waits and clock_known
    limit = full_from(clock, 1, counts) if runs else NEVER_AFTER
    idle = runs and day >= limit
    # the cause
    begin = max(supply or NEVER_BEFORE, made + ONE_DAY if made else NEVER_BEFORE)
    cause_state, cause_days = explained(file.causes(), begin, limit, day)
    word = parcel.get("delay_cause")
    handed = past(delivery)
    behind = ((delivery if handed else day) - agreed).days if agreed else 0
    delivery_open = agreed is not None and (behind > 0 or not handed)
    at_fault = cause_state in ("", "late") and (word == "enterprise_cause" or (word == "none" and not delivery_open))
    missing, route, event, when, clock_start = [], "", "", None, None
    # type B
    stop_clock = stop
    if halted and stop and made and made >= stop and agreed > stop:
        stop_clock = agreed
    land = is_below(
        file.latest("area_developed", "developed_area_m2"), parcel.get("land_to_develop_m2"), Fraction(1, 3)
    )
    with_price = parcel.get("investment_basis") == "with_land_price"
    total = None if with_price else parcel.get("total_investment_cny")
    money = is_below(file.latest("investment_counted", "invested_cny"), total, Fraction(1, 4))
    long = halted and stop_clock is not None and day >= full_from(stop_clock, 1, counts)
    low = bool(land) or bool(money)
    since = None
    if kept_back and not begun:
        status = "approved_not_supplied"
    elif producing:
        status, since = "in_production", production
    elif complete:
        status, since = "completed", completion
    elif idle:
        status, since = "idle", limit
    elif runs:
        status, since = "approved_not_built", supply
    elif halted and long and low:
        status, since = "idle_recognisable", full_from(stop_clock, 1, counts)
    elif working or (halted and stop is not None and (not long or (land is not None and money is not None))):
        status, since = "under_construction", start
    else:
        status = "undetermined"
    if idle:
        reclaimed = day >= full_from(clock, 2, counts)
        if cause_state == "counts":
            route = "article_12"
        elif cause_state == "open":
            route = "cause_open"
        elif at_fault:
            route = "reclaim" if reclaimed else "fee"
        else:
            route = "delivery_open" if delivery_open else "cause_unknown"
        if route == "fee":
            event, when = "reclaim", full_from(clock, 2, counts)
    elif runs:
        event, when = "becomes_idle", limit
    if not event and halted and stop is not None and not long and (low or land is None or money is None):
        event, when = "becomes_recognisable", full_from(stop_clock, 1, counts)
    if halted and long and low:
        route = "article_12"
    if waits:
        clock_start = clock
    elif halted:
        clock_start = stop_clock
    # art. 24
    bar = ""
    if status in ("idle", "idle_recognisable"):
        finding, hoards = (file.recorded_after(kind, made) for kind in ("idle_finding", "hoarding_decision"))
        lacks = "both" if not finding and not hoards else "hoarding" if finding else "finding"
        bar = "bar_stated" if finding and hoards else "" if cause_state == "counts" else f"bar_lacks_{lacks}"
    # what would have to be known
    if status == "undetermined":
        open_supply = not supplied and not kept_back
        open_start = supplied and not begun and not not_begun
        if open_supply:
            missing.append("supply_status")
        if open_start or (open_supply and not begun and not not_begun):
            missing.append("construction_state|commencement_date")
        if unclear:
            missing.append("construction_permit")
        if waits and untold:
            missing.append("article_12_agreement")
        if (waits or open_start or open_supply) and clock is None and not untold:
            missing.append(
                "delivery_date" if no_start_agreed
                else "agreed_commencement_date" if said_agreed == "agreed"
                else "agreed_commencement_date|start_agreement"
            )  # fmt: skip
        if begun and not (producing or complete or halted or working):
            missing.append("construction_state|completion_date")
    if halted and stop is None:
        missing.append("suspension_date")
    if halted and not low and (long or stop is None):
        missing += ["developed_area_m2|land_to_develop_m2"] * (land is None)
        missing += ["invested_cny|total_investment_cny"] * (money is None)
    if route == "cause_open":
        open_ones = [each for each in file.causes() if None in each[:2] and not (each[0] and each[0] >= limit)]
        first, last, _ = max(open_ones, key=lambda each: each[0] or NEVER_BEFORE)
        missing += ["delay_cause_first_date"] * (first is None) + ["delay_cause_last_date"] * (last is None)
    if route in ("delivery_open", "cause_unknown"):
        missing += ["delivery_date"] * (delivery is None and agreed is not None) + ["delay_cause"]
    return {
        "status": status, "route": route, "clock_start": clock_start, "is_supplied": supplied,
        "missing": ";".join(missing), "next_event": event, "next_date": when, "status_since": since,
        "cause_state": cause_state, "cause_days": cause_days, "bar": bar,
        "late_delivery_days": behind if runs and agreed and behind > 0 else None,
        "fee_date": limit if runs and not idle and at_fault else None,
        "reclaim_date": full_from(clock, 2, counts) if runs and at_fault and day < full_from(clock, 2, counts) else None,
    }  # fmt: skip
