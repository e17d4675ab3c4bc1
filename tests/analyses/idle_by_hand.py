"""Order 53 a parcel at a time, in plain Python: a second way that shares no code with the analyses.

`judge` walks through a history in the order of its days, as a clerk would with the file on the desk.
"""

from __future__ import annotations

import calendar
import datetime as dt
from fractions import Fraction

ONE_DAY = dt.timedelta(days=1)
CHAIN = {
    "supplied", "delivered", "agreed_commencement", "construction_permit", "foundation_facts", "commenced",
    "suspended", "resumed", "completed", "in_production",
}  # fmt: skip
EXEMPT = ("government_cause", "force_majeure")
#: On one day: what was agreed before what restarts it, a stop before its end.
TURN = {"agreed_commencement": 0, "suspended": 0, "resumed": 1, "article_12_agreement": 1}


def years_on(day: dt.date, years: int) -> dt.date:
    last = calendar.monthrange(day.year + years, day.month)[1]
    return dt.date(day.year + years, day.month, min(day.day, last))


def full_from(day: dt.date, years: int, counts: bool) -> dt.date:
    return years_on(day, years) + (dt.timedelta(0) if counts else ONE_DAY)


def is_below(part, whole, limit) -> bool | None:
    """Whether part/whole < limit; None where it can't be told."""
    if part is None or whole is None or whole <= 0:
        return None
    return Fraction(str(part)) / Fraction(str(whole)) < limit


class File:
    """What the papers of one parcel say up to a day."""

    def __init__(self, parcel: dict, events: list[tuple[dt.date, str, object]], day: dt.date):
        self.parcel, self.day = parcel, day
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

    def agreement(self) -> tuple[dt.date | None, bool, dt.date | None, bool]:
        """Agreed start, whether it is one of art. 12, the day that one was made, whether it is untold."""
        start, anew, made, untold = self.parcel.get("agreed_commencement_date"), False, None, None
        if "supplied" in self.to_come:  # agreed with the supply, which is yet to come
            start = None
        last = None
        for on, kind, value in self.past:
            if kind == "agreed_commencement":
                start, anew, made, last = value, False, None, on
            elif kind == "article_12_agreement" and isinstance(value, dt.date):
                start, anew, made, last = value, True, on, on
            elif kind == "article_12_agreement" and value is None:
                untold = on
        return start, anew, made, untold is not None and (last is None or untold >= last)

    def cause(self, made: dt.date | None) -> str | None:
        found = [
            (on, kind == EXEMPT[0], kind) for on, kind, _ in self.past if kind in EXEMPT and (not made or on > made)
        ]
        if found:
            return max(found)[2]
        own = self.parcel.get("delay_cause")
        return None if own in EXEMPT and own in self.ever else own

    def state(self) -> str | None:
        own = self.parcel.get("construction_state")
        told_by = {"under_construction": "commenced", "suspended": "suspended", "completed": "completed"}
        return None if told_by.get(own) in self.to_come else own


def judge(parcel: dict, events: list[tuple[dt.date, str, object]], day: dt.date, *, counts: bool = False) -> dict:  # noqa: C901 - one walk
    """Return status, route, clock_start, is_supplied, missing, next_event and next_date."""
    file = File(parcel, events, day)

    def past(moment: dt.date | None) -> bool:
        return moment is not None and moment <= day

    agreed, anew, made, untold = file.agreement()
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
    # construction
    start_ahead = start is not None and start > day
    stopped_in_log = bool({"suspended", "resumed"} & file.kinds)
    begun = past(start) or past(completion) or past(production) or stopped_in_log
    begun = begun or (state in ("under_construction", "suspended", "completed") and not start_ahead)
    unclear = "foundation_facts" in file.kinds and not ({"construction_permit", "commenced"} & file.kinds)
    unclear = unclear and not past(parcel.get("commencement_date"))
    silent = bool(file.kinds & CHAIN) and state is None and not unclear
    not_begun = not begun and (start_ahead or state == "not_started" or silent)
    producing = past(production)
    complete = not producing and (past(completion) or (state == "completed" and completion is None))
    halted = not producing and not complete and (past(stop) or (state == "suspended" and "resumed" not in file.kinds))
    log_start = "commenced" in file.kinds or stopped_in_log
    log_start = log_start or {"construction_permit", "foundation_facts"} <= file.kinds
    working = begun and not (producing or complete or halted) and (state == "under_construction" or log_start)
    # type A
    clock = agreed or (years_on(delivery, 1) if delivery else None)
    clock_known = clock is not None and not untold
    waits = supplied and not_begun
    cause = file.cause(made)
    missing, route, event, when, clock_start = [], "", "", None, None
    idle = waits and clock_known and day >= full_from(clock, 1, counts)
    # type B
    stop_clock = stop
    if halted and stop and anew and made >= stop and agreed > stop:
        stop_clock = agreed
    land = is_below(
        file.latest("area_developed", "developed_area_m2"), parcel.get("land_to_develop_m2"), Fraction(1, 3)
    )
    with_price = parcel.get("investment_basis") == "with_land_price"
    total = None if with_price else parcel.get("total_investment_cny")
    money = is_below(file.latest("investment_counted", "invested_cny"), total, Fraction(1, 4))
    long = halted and stop_clock is not None and day >= full_from(stop_clock, 1, counts)
    low = bool(land) or bool(money)
    if kept_back and not begun:
        status = "approved_not_supplied"
    elif producing:
        status = "in_production"
    elif complete:
        status = "completed"
    elif idle:
        status = "idle"
    elif waits and clock_known:
        status = "approved_not_built"
    elif halted and long and low:
        status = "idle_recognisable"
    elif working or (halted and stop is not None and (not long or (land is not None and money is not None))):
        status = "under_construction"
    else:
        status = "undetermined"
    if idle:
        reclaimed = day >= full_from(clock, 2, counts)
        route = (
            "article_12" if cause in EXEMPT else "cause_unknown" if cause is None else "reclaim" if reclaimed else "fee"
        )
        if cause not in EXEMPT and not reclaimed:
            event, when = "reclaim", full_from(clock, 2, counts)
    elif waits and clock_known:
        event, when = "becomes_idle", full_from(clock, 1, counts)
    if not event and halted and stop is not None and not long and (low or land is None or money is None):
        event, when = "becomes_recognisable", full_from(stop_clock, 1, counts)
    if halted and long and low:
        route = "article_12"
    if waits:
        clock_start = clock
    elif halted:
        clock_start = stop_clock
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
        if (waits or open_start or open_supply) and not clock_known:
            missing.append("agreed_commencement_date|delivery_date")
        if begun and not (producing or complete or halted or working):
            missing.append("construction_state|completion_date")
    if halted and stop is None:
        missing.append("suspension_date")
    if halted and not low and (long or stop is None):
        missing += ["developed_area_m2|land_to_develop_m2"] * (land is None)
        missing += ["invested_cny|total_investment_cny"] * (money is None)
    if idle and cause is None:
        missing.append("delay_cause")
    return {
        "status": status, "route": route, "clock_start": clock_start, "is_supplied": supplied,
        "missing": ";".join(missing), "next_event": event, "next_date": when,
    }  # fmt: skip
