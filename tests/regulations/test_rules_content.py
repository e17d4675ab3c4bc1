"""What the packaged rules hold: every value cited, what is not verified named, nothing unused."""

import subprocess
import sys
from pathlib import Path

import pytest

from gis.regulations import (
    load_rule_set,
    load_rules,
    policy_clauses,
    policy_in_force,
    roof_schemes,
    rules_fingerprint,
)
from gis.regulations.roof_green import ROOF_GREEN_KINDS
from gis.regulations.rule_set import RULES_FOLDER, load_policies
from gis.schema import fields_of, texts_of

#: The parameters of which some value was not read in its text, with the reason it stands on.
UNVERIFIED = {
    "green.balance_scope": {"inference"},
    "green.counted_kinds": {"inference"},
    "green.industrial_ceiling_ratio": {"memory"},
    "green.road_land_counts": {"inference"},
    "green.roof_least_ground_share": {"secondary"},
    "green.roof_scheme": {"secondary"},
    "green.roof_share_cap": {"inference"},
    "idle_land.anniversary_counts": {"inference"},
    "idle_land.not_started_known_for": {"inference"},
    "idle_land.contract_exit_grounds": {"inference"},
    "idle_land.restart_reaches_suspension": {"inference"},
    "mixed_use.least_uses": {"secondary"},
    "mixed_use.single_use_share": {"secondary"},
    "mixed_use.use_share_floor": {"memory"},
    "quotas.air_pollutants": {"memory"},
    "quotas.energy_exempt_kwh": {"memory"},
    "quotas.energy_exempt_tce": {"memory"},
    "quotas.energy_provincial_review": {"secondary"},
    "quotas.linkage_cut": {"memory"},
    "quotas.linkage_reward": {"memory"},
    "quotas.linkage_share": {"memory"},
    "quotas.redevelopment_uses_new_land": {"inference"},
    "quotas.replacement_ratio_met": {"memory"},
    "quotas.replacement_ratio_not_met": {"memory"},
    "quotas.supply_order": {"secondary"},
    "quotas.water_pollutants": {"inference", "memory"},
    "underused.comparison_place": {"inference"},
    "underused.guide_edition": {"inference"},
    "underused.idle_statuses": {"inference"},
    "underused.surplus_floor_conditions": {"inference"},
    "underused.tax_floor_years": {"inference"},
}
VALUES = [
    pytest.param(name, value, id=f"{name}-{value.in_force}-{'/'.join(value.places)}")
    for name, entry in load_rule_set().entries.items()
    for value in entry.values
]


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_every_value_is_cited_dated_and_honest(name, value):
    sources = load_rule_set().sources
    source = value.citation.source
    assert sources[source.id] is source
    assert value.citation.article
    assert source.in_force <= value.in_force
    assert source.expires is None or (value.expires is not None and value.expires <= source.expires)
    assert value.verified == (value.basis == "text")
    assert value.verified or (value.note["zh"] and value.note["en"])
    assert value.checked_on.year >= 2026


def test_what_is_not_verified_is_listed_here():
    found = {}
    for name, entry in load_rule_set().entries.items():
        bases = {str(value.basis) for value in entry.values if not value.verified}
        if bases:
            found[name] = bases
    assert found == UNVERIFIED


def test_every_source_is_cited_or_is_a_policy():
    rules = load_rule_set()
    cited = {value.citation.source.id for entry in rules.entries.values() for value in entry.values}
    policies = {policy.source.id for policy in load_policies()}
    policies |= {rules.sources[name].superseded_by for name in policies}
    policies |= {gone.source for policy in load_policies() for clause in policy.clauses for gone in clause.abolished}
    cited |= {scheme.source for scheme in roof_schemes().values()}
    # What took the place of a cited text is known too, though none of its values may have been found.
    cited |= {rules.sources[name].superseded_by for name in cited} - {""}
    assert set(rules.sources) == cited | policies


def test_no_rule_file_is_unused():
    files = {path.name for path in RULES_FOLDER.iterdir()}
    subjects = {f"{name.partition('.')[0]}.yaml" for name in load_rule_set().entries}
    assert files == subjects | {"sources.yaml", "policy_2021.yaml"}
    assert {policy.source.id for policy in load_policies()} == {"policy_2021_1"}


def test_categories_are_those_of_the_data_dictionary():
    values = {name: entry.values for name, entry in load_rule_set().entries.items()}
    green_kinds = set(fields_of("green_spaces")["green_kind"].choices)
    causes = set(fields_of("parcels")["delay_cause"].choices)
    grades = set(fields_of("parcels")["efficiency_grade"].choices)
    assert all(set(value.value) <= green_kinds for value in values["green.counted_kinds"])
    assert all(set(value.value) <= causes for value in values["idle_land.exempt_causes"])
    assert all(value.value in grades for value in values["underused.grade"])
    lists = set(fields_of("parcels")["phase_out"].choices)
    assert all(set(value.value) <= lists for value in values["underused.phase_out_lists"])
    statuses = set(texts_of("status"))
    assert all(set(value.value) <= statuses for value in values["underused.idle_statuses"])
    assert {value.value for value in values["green.balance_scope"]} == {"park", "zone"}
    assert {value.value for value in values["green.roof_scheme"]} <= set(roof_schemes())
    assert set(ROOF_GREEN_KINDS) == set(fields_of("green_spaces")["roof_green_kind"].choices)


def test_zones_a_text_names_are_zones_of_the_register():
    from gis.regulations import zone_register

    known = [zone.zone_name_zh for zone in zone_register()]
    named = {zone for entry in load_rule_set().entries.values() for value in entry.values for zone in value.zones}
    assert named
    assert {zone for zone in named if not any(zone in name for name in known)} == set()


def test_labels_and_notes_are_in_their_language():
    for entry in load_rule_set().entries.values():
        for text in (entry.label, entry.description):
            assert any("\u4e00" <= letter <= "\u9fff" for letter in text["zh"]), entry.name
            assert not any("\u4e00" <= letter <= "\u9fff" for letter in text["en"]), entry.name


def test_a_citation_reads_as_people_write_it():
    rules = load_rules(as_of="2026-03-31", place="310115")
    found = {name: rules.get(name).citation.text("zh").split("》")[-1] for name in rules.names() if rules.covers(name)}
    assert found["idle_land.start_overdue_period"] == "（国土资源部令第53号）第2条第1款"
    assert found["idle_land.invested_ratio"] == "（国土资源部令第53号）第2条第2款、第30条"
    assert found["green.balance_scope"] == "（沪府发〔2021〕1号）一(六)"
    assert found["idle_land.anniversary_counts"] == "第201条、第202条、第203条"
    assert found["mixed_use.single_use_share"] == "第3.4.1条"


def test_rules_are_parsed_once_and_need_no_geometry_library():
    """In a fresh interpreter: each file is parsed once, the folder is kept, and a second rulebook parses nothing."""
    code = """
import sys
import gis.regulations.strict as strict
from gis.regulations import load_rules
parsed, real = [], strict.parse_yaml
def counted(text, *, name):
    parsed.append(name)
    return real(text, name=name)
strict.parse_yaml = counted
load_rules(as_of="2026-03-31", place="310115"); first = sorted(parsed)
load_rules(as_of="2021-01-15", place="31")
heavy = {"pandas", "numpy", "geopandas", "shapely", "pyproj", "fiona", "pyogrio"} & set(sys.modules)
print(len(first), len(set(first)), len(parsed) - len(first), ",".join(sorted(heavy)))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, once, later, heavy = run.stdout.rstrip("\n").split(" ")
    assert int(first) == int(once) > 3
    assert int(later) == 0
    assert heavy == ""


def test_the_fingerprint_is_that_of_the_files():
    import hashlib

    digest = hashlib.sha256()
    for path in sorted(Path(RULES_FOLDER).glob("*.yaml")):
        content = path.read_bytes()
        digest.update(path.name.encode() + b"\0" + str(len(content)).encode() + b"\0" + content)
    assert rules_fingerprint() == digest.hexdigest() == load_rules(as_of="2026-03-31", place="31").fingerprint


def test_packaged_policy_is_read_once(monkeypatch):
    policy_clauses()
    parsed = []
    monkeypatch.setattr("gis.regulations.strict.parse_yaml", lambda text, *, name: parsed.append(name))
    policy_in_force(load_rules(as_of="2026-03-31", place="31").as_of)
    assert parsed == []
