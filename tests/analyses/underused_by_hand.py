"""The district definitions a parcel at a time, in plain Python: shares no code with the analyses but the idle status.

`classes` reads the papers of one parcel on a day and says yes, no or (None) not known for each of the five classes.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

from idle_by_hand import full_from

IDLE = ("idle", "idle_recognisable")
NOT_PRODUCING = ("approved_not_built", "idle", "idle_recognisable", "under_construction")
BAOSHAN, JIADING = "310113", "310114"
#: Places whose definition is their own; others take Baoshan's.
JIADING_SINCE = dt.date(2022, 10, 11)


def both(*said):
    """And: no if any is no, not known if any is not known."""
    return False if False in said else None if None in said else True


def either(*said):
    """Or: yes if any is yes, not known if any is not known."""
    return True if True in said else None if None in said else False


def latest(past, kind):
    """Day and value of the last event of a kind; of one day, the greatest value."""
    found = [(on, value) for on, name, value in past if name == kind and value is not None]
    return max(found, key=lambda each: (each[0], str(each[1]))) if found else (None, None)


def year_sum(past, kind, year):
    found = [(on, value) for on, name, value in past if name == kind and on.year == year and value is not None]
    return Fraction(str(max(found)[1])) if found else None


def mean_below(past, kind, years, land, limit):
    """Whether the mean of the years over land (m²) is below a limit in CNY/m²."""
    sums = [year_sum(past, kind, year) for year in years]
    if limit is None or land is None or land <= 0 or None in sums:
        return None
    return sum(sums) / len(sums) / Fraction(str(land)) < limit


def guide_value(guide, code, index):
    """The value of the longest sector that a code begins with; ``guide`` has (tax, output) in 万元/公顷 by sector."""
    fitting = [sector for sector in guide if code is not None and code.startswith(sector)]
    # 1 万元/公顷 = 10,000 CNY / 10,000 m².
    return Fraction(guide[max(fitting, key=len)][index]) if fitting else None


def stated(parcel, past, events, kind):
    return latest(past, kind)[1] if any(name == kind for _, name, _ in events) else parcel.get(kind)


def classes(parcel, events, day, *, place, use, status, since, guide):
    """Return phased_out, idle_land, production_overdue, low_yield, grade as True, False or None.

    ``use`` is "industry", "other" (storage, research), "out" or None; ``status`` and ``since`` are those of the reading of order 53.
    """
    jiading = place == JIADING and day >= JIADING_SINCE
    past = [event for event in events if event[0] <= day]
    base = dt.date(day.year, 1, 1)
    if use == "out":
        return dict.fromkeys(("phased_out", "idle_land", "production_overdue", "low_yield", "grade"), False)
    # ① on a list
    listed = stated(parcel, past, events, "phase_out")
    phased_out = None if listed is None else listed in ("listed", "shut_down")
    # ② idle, in Baoshan decided for reclaim, since it is idle
    idle = None if status == "undetermined" else status in IDLE
    if jiading:
        idle_land = both(idle, None if use is None else True)
    else:
        on, decision = latest(past, "disposal_decided")
        if decision and status in IDLE and since and on < since:
            decision = None
        if idle is False or decision == "other":
            idle_land = False
        elif decision is None:
            idle_land = None
        else:
            idle_land = None if use is None else True
    # ③ a year past full production, not producing
    agreed = parcel.get("agreed_production_date")
    begun = [on for on, kind, _ in past if kind == "in_production"]
    production = min(begun) if begun else parcel.get("production_date")
    producing = (
        True
        if production is not None and production < base
        else False
        if production is not None or status in NOT_PRODUCING
        else None
    )
    late = None if agreed is None else base >= full_from(agreed, 1, False)
    overdue = both(late, None if producing is None else not producing)
    # ④ three years past it, and low yields
    land, code = parcel.get("legal_area_m2"), parcel.get("industry_code")
    years = [day.year - back for back in (3, 2, 1)]
    tax_low = mean_below(past, "tax", years, land, guide_value(guide, code, 0))
    output_low = mean_below(past, "output", years, land, guide_value(guide, code, 1))
    # 5 万元/亩; 15 亩 are 10,000 m²
    floor = False if jiading else mean_below(past, "tax", years, land, Fraction(50_000 * 15, 10_000))
    long = None if agreed is None else base >= full_from(agreed, 3, False)
    low_yield = both(long, either(both(tax_low, output_low), floor))
    # ⑤ grade D, in Jiading confirmed by the city after it was given
    grade = stated(parcel, past, events, "efficiency_grade")
    given = latest(past, "efficiency_grade")[0]
    bad = None if grade is None else grade == "D"
    if jiading:
        on, said = latest(past, "grade_confirmation")
        if said and given and on < given:
            said = None
        bad = both(bad, None if said is None else said == "confirmed")
    found = {
        "phased_out": phased_out, "idle_land": idle_land, "production_overdue": overdue, "low_yield": low_yield,
        "grade": bad,
    }  # fmt: skip
    if use == "other":  # storage and research: where the text says 工业用地, they are not meant
        said = ("phased_out", "grade") if jiading else ("phased_out", "production_overdue", "low_yield", "grade")
        found |= dict.fromkeys(said, False)
    return found
