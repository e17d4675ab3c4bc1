"""Law as dated data: parameters with citation and bound, the rulebook of a day and place, the policy register."""

from __future__ import annotations

from gis.regulations.bounds import Bound, Verdict, holds, judge
from gis.regulations.parameters import Citation, Source, load_rule_set
from gis.regulations.periods import anniversaries, anniversary, parse_period
from gis.regulations.policy import Clause, policy_clauses, policy_in_force
from gis.regulations.rulebook import Parameter, Rulebook, list_rules, load_rules, rules_fingerprint, show_rule
from gis.regulations.zone_register import ZoneFacts, find_zone, zone_areas_csv, zone_register, zone_register_csv

__all__ = [
    "Bound",
    "Citation",
    "Clause",
    "Parameter",
    "Rulebook",
    "Source",
    "Verdict",
    "ZoneFacts",
    "anniversaries",
    "anniversary",
    "find_zone",
    "holds",
    "judge",
    "list_rules",
    "load_rule_set",
    "load_rules",
    "parse_period",
    "policy_clauses",
    "policy_in_force",
    "rules_fingerprint",
    "show_rule",
    "zone_areas_csv",
    "zone_register",
    "zone_register_csv",
]
