"""Law as dated data: parameters with citation and bound, the rulebook of a day and place, the policy register."""

from __future__ import annotations

from gis.regulations.bounds import Bound, Verdict, holds, holds_in_whole_numbers, judge
from gis.regulations.citations import Citation, Source
from gis.regulations.comparing import compare_clauses, compare_documents, compare_rules
from gis.regulations.districts import place_name
from gis.regulations.ending import rules_ending
from gis.regulations.land_guide import GuideValue, LandGuide, guide_template, packaged_guide, read_land_guide
from gis.regulations.listing import list_rules, show_rule
from gis.regulations.parameters import Basis, Scope
from gis.regulations.periods import anniversaries, anniversary, completes_on, completions, parse_period
from gis.regulations.policy import policy_clauses, policy_in_force
from gis.regulations.policy_register import Clause, Condition, Effect, judge_effect
from gis.regulations.roof_green import RoofScheme, roof_fingerprint, roof_scheme, roof_schemes
from gis.regulations.rule_set import RuleSet, load_rule_set, rules_fingerprint
from gis.regulations.rulebook import Parameter, Rulebook, load_rules
from gis.regulations.secrecy import SecrecyNotice, secrecy_notices
from gis.regulations.zone_register import ZoneFacts, find_zone, zone_areas_csv, zone_register, zone_register_csv

__all__ = [
    "Basis",
    "Bound",
    "Citation",
    "Clause",
    "Condition",
    "Effect",
    "GuideValue",
    "LandGuide",
    "Parameter",
    "RoofScheme",
    "RuleSet",
    "Rulebook",
    "Scope",
    "SecrecyNotice",
    "Source",
    "Verdict",
    "ZoneFacts",
    "anniversaries",
    "anniversary",
    "compare_clauses",
    "compare_documents",
    "compare_rules",
    "completes_on",
    "completions",
    "find_zone",
    "guide_template",
    "holds",
    "holds_in_whole_numbers",
    "judge",
    "judge_effect",
    "list_rules",
    "load_rule_set",
    "load_rules",
    "packaged_guide",
    "parse_period",
    "place_name",
    "policy_clauses",
    "policy_in_force",
    "read_land_guide",
    "roof_fingerprint",
    "roof_scheme",
    "roof_schemes",
    "rules_ending",
    "rules_fingerprint",
    "secrecy_notices",
    "show_rule",
    "zone_areas_csv",
    "zone_register",
    "zone_register_csv",
]
