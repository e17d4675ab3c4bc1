"""The face of the report: what it is about, on which data and rules, and what a reader must not overlook."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.areas import ABSENT, ha_text, is_absent, m2_text, mu_text
from gis.reports.bases import basis_text, flips_callout
from gis.reports.blocks import Callout, Cell, Head, Row, Table
from gis.reports.frames import column_label
from gis.reports.words import Voice, words
from gis.schema import choice_label

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from gis.reports.content import ReportContent

__all__ = ["day_text", "face_callouts", "face_facts", "long_day", "zone_areas"]

#: Areas that differ by definition stand apart, never in one column (approved, fenced, accepted).
#: Unverified parameters that the cover names; it counts them all, and appendix A lists them.
NAMED_RULES = 4
NAMED_AREAS = ("approved_area_m2", "fenced_area_m2", "accepted_area_m2")


def day_text(value: Any) -> str:
    """Return a day as ISO text, or a dash.

    Examples
    --------
    >>> day_text(pd.Timestamp("2026-03-31")), day_text(pd.NaT)
    ('2026-03-31', '—')
    """
    if value is None or pd.isna(value) or value == "":
        return ABSENT
    return value if isinstance(value, str) else pd.Timestamp(value).date().isoformat()


def long_day(day: dt.date, voice: Voice) -> str:
    """Return a day as it stands on a cover.

    Examples
    --------
    >>> long_day(dt.date(2026, 3, 31), Voice("zh"))
    '2026年3月31日'
    """
    return voice.say("long_day", year=day.year, month=day.month, day=day.day, month_name=f"{day:%B}")


def policy_text(content: ReportContent, voice: Voice) -> str:
    """Return which policy is in force on the date, from when to when."""
    policy = content.policy
    if policy is None:
        return voice.say("policy_none")
    start = long_day(dt.date.fromisoformat(policy["in_force"]), voice)
    until = voice.say("policy_open")
    if policy.get("expires"):
        until = voice.say("policy_until", day=long_day(dt.date.fromisoformat(policy["expires"]), voice))
    note = policy.get(f"note_{voice.lang}") or ""
    title = policy[f"title_{voice.lang}"]
    return voice.say("policy_in_force", number=policy["number"], title=title, start=start, until=until, note=note)


def face_facts(content: ReportContent, voice: Voice) -> list[tuple[str, str]]:
    """Return the pairs of the table on the cover."""
    zones = [f"{row['zone_name']} ({row['zone_id']})" for row in content.zones.to_dict("records")]
    counts = content.issues.counts()
    unverified, replaced = len(content.unverified_rules), len(content.hypothetical_rules)
    found = voice.say("issue_counts", **counts, accepted=len(content.accepted))
    return [
        (voice.say("zone"), voice.joined(zones)),
        (voice.say("zone_area"), voice.joined(_zone_area(zone, voice) for zone in content.zones.to_dict("records"))),
        (voice.say("as_of"), long_day(content.as_of, voice)),
        (voice.say("place"), _place(content, voice)),
        (voice.say("area_basis"), basis_text(content.area_basis, voice)),
        (voice.say("boundary_quality"), voice.say(f"quality_{content.boundary_quality}")),
        (voice.say("policy"), policy_text(content, voice)),
        (
            voice.say("rules"),
            voice.say("rule_counts", count=len(content.rules), unverified=unverified, replaced=replaced),
        ),
        (voice.say("issues"), found),
        *_ledger(content, voice),
        (voice.say("run"), content.run_name),
    ]


def _ledger(content: ReportContent, voice: Voice) -> list[tuple[str, str]]:
    """Return on which state of a quota ledger the report rests, where the run names one."""
    if content.quotas is None:
        return []
    from gis.reports.quota_loans import loan_lines
    from gis.reports.quota_section import state_lines

    told = [*state_lines(content.quotas, voice.lang), *(line for line, _ in loan_lines(content.quotas, voice.lang))]
    return [(words("ledger.section", voice.lang), " ".join(told))]


def _zone_area(zone: Mapping[Hashable, Any], voice: Voice) -> str:
    area = zone.get("zone_area_m2")
    return voice.say("zone_area_line", zone=zone["zone_name"], m2=m2_text(area), ha=ha_text(area), mu=mu_text(area))


def _place(content: ReportContent, voice: Voice) -> str:
    name = words(content.place_name, voice.lang)
    return name if name == content.place else f"{name} ({content.place})"


def face_callouts(content: ReportContent, voice: Voice) -> tuple[Callout, ...]:
    """Return the boxes of the cover: boundary, hypothetical and unverified rules, flips, accepted issues, left out."""
    boxes = []
    if content.boundary_quality != "approved":
        quality = content.boundary_quality
        boxes.append(Callout(voice.say(f"banner_{quality}"), (voice.say(f"banner_{quality}_text"),), "alarm"))
    if content.hypothetical_rules:
        lines = [
            voice.say(
                "hypothetical_line",
                rule=rule[f"label_{voice.lang}"],
                value=voice.requirement(rule),
                reason=rule["reason"],
            )
            for rule in content.hypothetical_rules
        ]
        boxes.append(Callout(voice.say("hypothetical_title", count=len(lines)), tuple(lines), "alarm"))
    declared = _declared(content, voice)
    boxes += [Callout(voice.say("declared_title"), declared, "alarm")] if declared else []
    if content.unverified_rules:
        labels = [rule[f"label_{voice.lang}"] for rule in content.unverified_rules]
        more = len(labels) - NAMED_RULES
        named = voice.joined([*labels[:NAMED_RULES], *([voice.say("unverified_more", count=more)] if more > 0 else ())])
        title = voice.say("unverified_title", count=len(content.unverified_rules), total=len(content.rules))
        boxes.append(Callout(title, (voice.say("unverified_text", rules=named),), "warning"))
    boxes += [_ending(content, voice)] if content.ending else []
    flips = flips_callout(content, voice)
    boxes += [flips] if flips is not None else []
    if content.accepted:
        boxes.append(_accepted(content, voice))
    for name, lacking in content.left_out.items():
        title = voice.say("not_judged_title", balance=voice.say(f"balance_{name}"), day=content.as_of.isoformat())
        lines = [
            voice.say("not_judged_line", rule=one[f"label_{voice.lang}"], covered=voice.joined(one["covered"]))
            for one in lacking
        ]
        boxes.append(Callout(title, (*lines, voice.say("not_judged_note")), "warning"))
    asked = ("idle_land", "green_ratio", "mixed_use")
    left_out = [name for name in asked if name not in content.balances and name not in content.left_out]
    if left_out:
        named = voice.joined(voice.say(f"balance_{name}") for name in left_out)
        boxes.append(
            Callout(voice.say("not_assessed_title"), (voice.say("not_assessed_text", balances=named),), "warning")
        )
    return tuple(boxes)


def _ending(content: ReportContent, voice: Voice) -> Callout:
    """Return the box of the rules that were read and end within a year, each with what follows it."""
    lang, lines = voice.lang, []
    for one in content.ending:
        unseen = voice.say("unverified_mark") if one["following_verified"] is False else ""
        value = voice.rule_value({**one, "value": one["following"]}) if one["following"] else ""
        then = voice.say("ending_then", value=value, citation=one[f"following_{lang}"], mark=unseen)
        facts = {"rule": one[f"label_{lang}"], "citation": one[f"citation_{lang}"], "day": one["expires"]}
        lines.append(voice.say("ending_line", then=then if one["following"] else voice.say("ending_nothing"), **facts))
    return Callout(voice.say("ending_title", count=len(lines)), tuple(lines), "warning")


def _declared(content: ReportContent, voice: Voice) -> tuple[str, ...]:
    """Return what the run file declares about ground that several parcels, kinds of green or groups of use claim."""
    lines = []
    claims = content.claims.get("parcels")
    if claims:
        order = words(f"cli.order_{claims['order']}", voice.lang)
        column = column_label(claims["priority"], voice)
        lines.append(voice.say("declared_parcels", column=column, order=order, reason=claims["reason"]))
    for table in ("green_spaces", "land_use"):
        cover = content.claims.get(table) or {}
        if cover.get("reason"):
            order = _order(table, cover["order"], voice)
            lines.append(voice.say(f"declared_{table}", order=order, reason=cover["reason"]))
    return tuple(lines)


def _order(table: str, order: Any, voice: Voice) -> str:
    """Return in words what holds ground that several kinds of green or groups of use claim."""
    if isinstance(order, str):
        return voice.say(f"order_{order}")
    if table == "land_use":
        return voice.joined(voice.group(one) for one in order)
    return voice.joined(choice_label(table, "green_kind", one, voice.lang) for one in order)


def _accepted(content: ReportContent, voice: Voice) -> Callout:
    found = Counter(issue.code for issue in content.issues)
    lines = [
        voice.say("accepted_line", code=code, count=found[code], reason=reason)
        for code, reason in sorted(content.accepted.items())
    ]
    return Callout(voice.say("accepted_title", count=len(lines)), tuple(lines), "warning")


def zone_areas(content: ReportContent, voice: Voice) -> Table:
    """Return the areas of each zone: measured on two bases, and those named in the approval, apart."""
    rows = []
    for zone in content.zones.to_dict("records"):
        measured = zone.get("measured_area_m2")
        cells = [
            Cell(str(zone["zone_name"]), "text", detail=str(zone["zone_id"])),
            Cell(m2_text(measured), "number", detail=_in_reports(measured, voice)),
            Cell(m2_text(zone.get("ellipsoidal_area_m2")), "number"),
            *(Cell(m2_text(zone.get(name)), "number") for name in NAMED_AREAS),
        ]
        rows.append(Row(tuple(cells)))
    head = (
        Head(voice.say("zone")),
        Head(voice.say("area_planar"), "number"),
        Head(voice.say("area_ellipsoidal"), "number"),
        *(Head(voice.say(name), "number") for name in NAMED_AREAS),
    )
    return Table(
        voice.say("zone_areas"),
        head,
        tuple(rows),
        (voice.say("zone_areas_note", basis=basis_text(content.area_basis, voice)),),
    )


def _in_reports(area: Any, voice: Voice) -> str:
    """Return an area in hectares and 亩."""
    return "" if is_absent(area) else voice.say("ha_and_mu", ha=ha_text(area), mu=mu_text(area))
