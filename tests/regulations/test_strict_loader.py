"""One flaw a file: each way a rule file can mislead is refused, naming file and parameter."""

import datetime as dt
import string
from importlib import resources

import pytest
from ruamel.yaml import YAML

from gis.errors import RuleError, message_texts
from gis.regulations import load_rule_set, load_rules, policy_clauses, rules_fingerprint
from gis.regulations.rule_set import load_policies

D = dt.date
HOUR = dt.datetime(2026, 1, 1, 9, tzinfo=dt.UTC)


def own_messages():
    return YAML(typ="safe").load((resources.files("gis.errors") / "messages" / "regulations.yaml").read_text("utf-8"))


def source(**facts):
    return lambda content: content["sources.yaml"]["law"].update(facts)


def rule(**facts):
    return lambda content: content["made.yaml"]["made.share"].update(facts)


def value(**facts):
    return lambda content: content["made.yaml"]["made.share"]["values"][0].update(facts)


def grade(**facts):
    return lambda content: content["made.yaml"]["made.grade"]["values"][0].update(facts)


def without(*path):
    def change(content):
        for key in path[:-1]:
            content = content[key]
        del content[path[-1]]

    return change


def second(**facts):
    """Add a value beside the first."""

    def change(content):
        values = content["made.yaml"]["made.share"]["values"]
        values.append(values[0] | facts)

    return change


def both(*changes):
    def change(content):
        for one in changes:
            one(content)

    return change


def clause(**facts):
    return lambda content: content["policy_made.yaml"]["clauses"]["一(一)"].update(facts)


def condition(**facts):
    def change(content):
        effects = content["policy_made.yaml"]["clauses"]["一(一)"]["effects"]
        effects["act"]["all_of"][0].update(facts)

    return change


def to(name, content):
    return lambda files: files.update({name: content})


SHARE = ("made.yaml", "made.share")
LAW = ("sources.yaml", "law")
CLAUSE = ("policy_made.yaml", "一(一)")
POLICY = ("policy_made.yaml", "–")
FLAWS = {
    # the register of sources
    "source-unknown-key": (source(comment="x"), "rule_key_unknown", *LAW, "comment"),
    "source-missing-key": (without(*LAW, "checked_on"), "rule_key_missing", *LAW, "checked_on"),
    "source-without-title": (source(title_zh=""), "rule_text_missing", *LAW, "title_zh"),
    "source-without-issuer": (source(issuer=None), "rule_text_missing", *LAW, "issuer"),
    "source-day-not-iso": (source(in_force="2020-7-1"), "rule_day_invalid", *LAW, "2020-7-1"),
    "source-day-with-hour": (source(checked_on=HOUR), "rule_day_invalid", *LAW, "checked_on"),
    "source-ends-before-it-begins": (source(expires=D(2020, 6, 30)), "rule_days_reversed", *LAW, "2020-06-30"),
    "source-repealed-on-its-first-day": (source(repealed=D(2020, 7, 1)), "rule_days_reversed", *LAW, "2020-06-30"),
    "source-in-force-before-promulgated": (source(promulgated=D(2020, 7, 2)), "rule_days_reversed", *LAW, "2020-07-02"),
    "source-that-nobody-can-find": (source(number=None, promulgated=None), "rule_source_unidentified", *LAW, "number"),
    "source-superseded-by-nothing": (source(superseded_by="newer"), "rule_source_unknown", *LAW, "newer"),
    "source-note-in-one-language": (source(note={"zh": "注"}), "rule_languages_missing", *LAW, "note"),
    "source-days-verified-perhaps": (source(dates_verified="yes"), "rule_choice_unknown", *LAW, "yes"),
    # the parameter
    "unknown-key": (rule(threshold="1/3"), "rule_key_unknown", *SHARE, "threshold"),
    "missing-key": (without(*SHARE, "unit"), "rule_key_missing", *SHARE, "unit"),
    "not-a-mapping": (lambda c: c["made.yaml"].update({"made.share": ["1/3"]}), "rule_not_a_mapping", *SHARE, "list"),
    "value-not-a-mapping": (rule(values=["1/3"]), "rule_not_a_mapping", *SHARE, "str"),
    "without-values": (rule(values=[]), "rule_list_invalid", *SHARE, "values"),
    "label-in-one-language": (rule(label={"en": "Share"}), "rule_languages_missing", *SHARE, "label"),
    "blank-description": (rule(description={"en": "Share", "zh": " "}), "rule_text_missing", *SHARE, "description.zh"),
    "read-by-nobody": (without(*SHARE, "read_by"), "rule_reader_missing", *SHARE, "register_only"),
    "read-by-and-register-only": (rule(register_only={"en": "x", "zh": "无"}), "rule_reader_missing", *SHARE, "read_by"),
    "read-by-what-is-not-there": (rule(read_by=["evaluation"]), "rule_choice_unknown", *SHARE, "evaluation"),
    "unknown-kind": (rule(kind="share"), "rule_choice_unknown", *SHARE, "share"),
    "unknown-unit": (rule(unit="percent"), "rule_choice_unknown", *SHARE, "percent"),
    "unit-of-another-kind": (rule(unit="calendar"), "rule_choice_unknown", *SHARE, "calendar"),
    "name-of-another-file": (lambda c: c["made.yaml"].update({"other.share": c["made.yaml"].pop("made.share")}),
                             "rule_name_invalid", "made.yaml", "other.share", "made.<name>"),
    "name-without-subject": (lambda c: c["made.yaml"].update({"share": c["made.yaml"].pop("made.share")}),
                             "rule_name_invalid", "made.yaml", "share", "made.<name>"),
    # its values
    "value-unknown-key": (value(citation="x"), "rule_key_unknown", *SHARE, "citation"),
    "missing-source": (without(*SHARE, "values", 0, "source"), "rule_key_missing", *SHARE, "source"),
    "missing-article": (without(*SHARE, "values", 0, "article"), "rule_key_missing", *SHARE, "article"),
    "blank-article": (value(article=""), "rule_text_missing", *SHARE, "article"),
    "article-as-number": (value(article=2), "rule_text_missing", *SHARE, "article"),
    "missing-checked-on": (without(*SHARE, "values", 0, "checked_on"), "rule_key_missing", *SHARE, "checked_on"),
    "unknown-source": (value(source="spreadsheet"), "rule_source_unknown", *SHARE, "spreadsheet"),
    "list-of-sources": (value(source=["law"]), "rule_source_unknown", *SHARE, "law"),
    "before-its-source": (value(in_force=D(2020, 6, 30)), "rule_before_source", *SHARE, "2020-06-30"),
    "begins-after-its-source": (value(in_force=D(2030, 1, 1)), "rule_after_source", *SHARE, "2030-01-01"),
    "ends-after-its-source": (value(expires=D(2030, 1, 1)), "rule_after_source", *SHARE, "2030-01-01"),
    "begins-after-the-repeal": (both(source(repealed=D(2025, 1, 1)), value(in_force=D(2025, 1, 1))),
                                "rule_after_source", *SHARE, "2025-01-01"),
    "ends-before-it-begins": (value(in_force=D(2021, 1, 2), expires=D(2021, 1, 1)),
                              "rule_days_reversed", *SHARE, "2021-01-01"),
    "day-not-iso": (value(in_force="2020/07/01"), "rule_day_invalid", *SHARE, "2020/07/01"),
    "day-in-one-digit": (value(in_force="2020-7-1"), "rule_day_invalid", *SHARE, "2020-7-1"),
    "day-as-number": (value(in_force=20200701), "rule_day_invalid", *SHARE, "20200701"),
    "day-missing": (value(in_force=None), "rule_day_invalid", *SHARE, "in_force"),
    "end-not-iso": (value(expires="never"), "rule_day_invalid", *SHARE, "never"),
    "checked-on-not-iso": (value(checked_on="today"), "rule_day_invalid", *SHARE, "today"),
    "ratio-as-float": (value(value=0.2), "rule_value_invalid", *SHARE, "0.2"),
    "ratio-in-words": (value(value="a third"), "rule_value_invalid", *SHARE, "a third"),
    "ratio-above-one": (value(value="133%"), "rule_value_invalid", *SHARE, "133%"),
    "ratio-over-zero": (value(value="1/0"), "rule_value_invalid", *SHARE, "1/0"),
    "ratio-missing": (value(value=None), "rule_value_invalid", *SHARE, "None"),
    "period-in-days": (both(rule(kind="period", unit="calendar"), value(value="365")),
                       "rule_value_invalid", *SHARE, "365"),
    "flag-as-text": (both(rule(kind="flag", unit="flag"), value(value="no", bound=None)),
                     "rule_value_invalid", *SHARE, "no"),
    "text-blank": (grade(value=" "), "rule_value_invalid", "made.yaml", "made.grade", "' '"),
    "list-as-text": (both(rule(kind="list", unit="category"), value(value="attached", bound=None)),
                     "rule_value_invalid", *SHARE, "attached"),
    "wrong-bound": (value(bound="not_below"), "rule_choice_unknown", *SHARE, "not_below"),
    "missing-bound": (without(*SHARE, "values", 0, "bound"), "rule_choice_unknown", *SHARE, "bound"),
    "bound-of-a-text": (grade(bound="equals"), "rule_bound_unwanted", "made.yaml", "made.grade", "equals"),
    "unknown-scope": (value(scope="city"), "rule_choice_unknown", *SHARE, "city"),
    "unknown-basis": (value(basis="hearsay"), "rule_choice_unknown", *SHARE, "hearsay"),
    "verified-in-words": (value(verified="true"), "rule_choice_unknown", *SHARE, "verified"),
    "verified-from-memory": (value(basis="memory"), "rule_verified_without_text", *SHARE, "memory"),
    "unverified-without-a-word": (value(verified=False), "rule_note_missing", *SHARE, "why"),
    "note-in-one-language": (value(note={"en": "why"}), "rule_languages_missing", *SHARE, "note"),
    "place-as-number": (value(places=[31]), "rule_list_invalid", *SHARE, "[31]"),
    "place-as-text": (value(places="31"), "rule_list_invalid", *SHARE, "'31'"),
    "place-twice": (value(places=["31", "31"]), "rule_list_invalid", *SHARE, "31"),
    "place-of-odd-length": (value(places=["31011"]), "rule_place_malformed", *SHARE, "31011"),
    "place-by-name": (value(places=["上海"]), "rule_place_malformed", *SHARE, "上海"),
    "places-empty": (value(places=[]), "rule_list_invalid", *SHARE, "places"),
    "place-within-a-place": (value(places=["31", "310115"]), "rule_places_ambiguous", *SHARE, "310115"),
    "overlap-in-the-nation": (second(in_force=D(2025, 1, 1)), "rule_values_overlap", *SHARE, "2025-01-01"),
    "overlap-of-one-day": (both(second(in_force=D(2025, 1, 1)), value(expires=D(2025, 1, 1))),
                           "rule_values_overlap", *SHARE, "2025-01-01"),
    "overlap-at-one-of-several-places": (both(value(places=["31", "32"]), second(places=["32", "33"])),
                                         "rule_values_overlap", *SHARE, "2020-07-01"),
    "overlap-of-zones": (both(value(zones=["甲", "乙"]), second(zones=["乙"])),
                         "rule_values_overlap", *SHARE, "2020-07-01"),
    # the register of the policy
    "policy-unknown-source": (lambda c: c["policy_made.yaml"].update(source="x"), "rule_source_unknown", *POLICY, "x"),
    "policy-without-clauses": (lambda c: c["policy_made.yaml"].update(clauses=[]),
                               "rule_not_a_mapping", *POLICY, "list"),
    "clause-unknown-key": (clause(owner="x"), "rule_key_unknown", *CLAUSE, "owner"),
    "clause-in-one-language": (clause(summary={"zh": "摘要"}), "rule_languages_missing", *CLAUSE, "summary"),
    "clause-unknown-service": (clause(served_by=["taxes"]), "rule_choice_unknown", *CLAUSE, "taxes"),
    "clause-served-and-not": (clause(served_by=["none", "quotas"]), "rule_list_invalid", *CLAUSE, "served_by"),
    "effect-without-conditions": (clause(effects={"act": {"label": {"zh": "办", "en": "act"}, "all_of": []}}),
                                  "rule_list_invalid", *CLAUSE, "all_of"),
    "condition-flag-more-than": (condition(bound="more_than"), "rule_choice_unknown", *CLAUSE, "more_than"),
    "condition-of-another-kind": (condition(value="yes"), "rule_value_invalid", *CLAUSE, "yes"),
}  # fmt: skip


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flaw_is_refused_with_file_parameter_and_what_was_found(flaw, made_rules):
    change, key, file, name, found = FLAWS[flaw]
    folder = made_rules(change)
    with pytest.raises(RuleError) as caught:
        load_policies(folder)
    assert caught.value.key == key
    for lang in ("en", "zh"):
        text = caught.value.text(lang)
        assert file in text
        assert name in text
        assert "{" not in text
    assert key == "rule_note_missing" or found in caught.value.text("en")


def test_the_folder_the_flaws_are_made_from_is_right(made_rules):
    folder = made_rules()
    rules = load_rules(as_of="2026-03-31", place="310115", folder=folder)
    assert rules.names() == ["made.grade", "made.share"]
    assert [clause.number for policy in load_policies(folder) for clause in policy.clauses] == ["一(一)"]


@pytest.mark.parametrize(
    "change",
    [
        both(value(expires=D(2024, 12, 31)), second(in_force=D(2025, 1, 1), expires=None)),
        both(value(places=["31"]), second(places=["32"])),
        both(value(places=["31"]), second(places=["310115"])),
        second(zones=["甲"]),
        both(value(zones=["甲"]), second(zones=["乙"])),
        both(source(repealed=D(2025, 1, 1)), value(expires=D(2024, 12, 31))),
        value(verified=False, basis="memory", note={"zh": "凭记忆", "en": "from memory"}),
    ],
)
def test_what_is_no_flaw_loads(change, made_rules):
    assert len(load_rule_set(made_rules(change)).entries) == 2


def test_every_refusal_of_the_loader_has_a_flaw():
    texts = own_messages()
    loader = {key for key, text in texts.items() if "{path}" in text["en"] and key.startswith("rule_")}
    tested_below = {"rule_file_broken", "rule_file_unreadable", "rule_file_name_invalid"}
    assert loader - {key for _, key, *_ in FLAWS.values()} == tested_below


@pytest.mark.parametrize(
    ("text", "name", "line"),
    [
        ("made.share:\n  unit: ratio\n  unit: flag\n", "made.share", 3),
        ("made.share:\n  unit: ratio\nmade.share:\n  unit: ratio\n", "made.share", 3),
        ("made.share:\n\tunit: ratio\n", "made.share", 2),
        ("made.share: {unit: ratio\n", "made.share", 2),
    ],
)
def test_broken_yaml_and_doubled_keys_are_refused_with_their_line(text, name, line, made_rules):
    folder = made_rules()
    (folder / "made.yaml").write_text(text, "utf-8")
    with pytest.raises(RuleError) as caught:
        load_rule_set(folder)
    assert (caught.value.key, caught.value.facts["name"]) == ("rule_file_broken", name)
    assert f"made.yaml, line {line}" in str(caught.value)


def test_a_file_name_with_a_day_is_refused(made_rules):
    folder = made_rules(to("green_2021_01_15.yaml", {}))
    with pytest.raises(RuleError, match=r"green_2021_01_15\.yaml is no name of a rule file"):
        load_rule_set(folder)


def test_a_folder_without_sources_and_a_file_that_is_no_text_are_refused(made_rules, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(RuleError, match=r"sources\.yaml can't be read"):
        load_rule_set(tmp_path / "empty")
    folder = made_rules()
    (folder / "made.yaml").write_bytes("made.share: 比例".encode("gbk"))
    with pytest.raises(RuleError, match=r"made\.yaml can't be read"):
        load_rule_set(folder)


def test_a_folder_is_read_again_only_where_it_changed(made_rules):
    folder = made_rules()
    first = load_rule_set(folder)
    assert load_rule_set(folder) is first
    made_rules(value(value="1/4"))
    again = load_rule_set(folder)
    assert (str(first.entries["made.share"].values[0].value), str(again.entries["made.share"].values[0].value)) == (
        "1/3",
        "1/4",
    )
    assert again.fingerprint != first.fingerprint == load_rule_set(made_rules()).fingerprint


def test_the_fingerprint_tells_a_moved_line_and_a_renamed_file(made_rules):
    folder = made_rules()
    before = rules_fingerprint(folder)
    (folder / "made.yaml").rename(folder / "other.yaml")
    renamed = rules_fingerprint(folder)
    (folder / "other.yaml").write_bytes((folder / "other.yaml").read_bytes() + b"\n")
    assert len({before, renamed, rules_fingerprint(folder)}) == 3


def test_messages_exist_in_both_languages_with_the_same_facts():
    texts = own_messages()
    assert texts.keys() <= message_texts().keys()
    for key, text in texts.items():
        facts = [{field for _, field, *_ in string.Formatter().parse(text[lang]) if field} for lang in ("en", "zh")]
        assert facts[0] == facts[1], key


def test_clauses_of_the_packaged_policy_come_from_the_packaged_folder():
    assert {clause.policy for clause in policy_clauses()} == {"policy_2021_1"}
