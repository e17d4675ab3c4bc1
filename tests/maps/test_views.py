"""Classes, counts and colours of the legend."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pandas as pd
import pytest
from read_block import read_block

from gis.errors import InputError, SchemaError
from gis.maps import Measure
from gis.maps.join import join_findings
from gis.maps.views import attention, make_views, signs

#: Sight without one kind of cone (Machado, Oliveira, Fernandes 2009, severity 1), on linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "protan": np.array([
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]),
    "deutan": np.array([
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]),
    "tritan": np.array([
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ]),
}  # fmt: skip
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def lab(colour: str, sight: np.ndarray) -> np.ndarray:
    """Return CIE L*a*b* of an sRGB colour as somebody sees it."""
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    t = TO_XYZ @ np.clip(sight @ linear, 0, 1) / np.array([0.95047, 1, 1.08883])
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def views_of(zone, **balances):
    given = balances or {"idle_land": zone.idle, "green_ratio": zone.green, "mixed_use": zone.mix}
    joined = join_findings(zone.parcels, given)
    return joined, make_views(joined)


def classes_of(joined, view) -> pd.Series:
    keys = [view.classes[code]["key"] for code in view.codes]
    return pd.Series(keys, index=joined.frame["parcel_id"])


def test_counts_and_hectares_are_those_of_the_balance(zone):
    joined, views = views_of(zone)
    table = zone.idle.parcels
    for view, column in (("status", "status"), ("underused", "underused")):
        for item in views[view].classes:
            own = table[table[column] == item["key"]]
            assert item["count"] == len(own), item
            assert item["ha"] == pytest.approx(math.fsum(own["area_m2"]) / 10_000, abs=0.01)
    for view in views.values():
        assert sum(item["count"] for item in view.classes) == len(joined.frame)
        total = round(math.fsum(table["area_m2"]) / 10_000, 2)
        assert round(sum(item["ha"] for item in view.classes), 2) == total
        assert len(view.codes) == len(joined.frame)


def test_every_status_of_the_analysis_has_a_sign_and_words():
    analyses = pytest.importorskip("gis.analyses")
    assert set(analyses.STATUSES) == set(signs()["status"]["classes"]) - {"no_finding"}


def test_the_side_of_the_floor_is_the_verdict_s(made):
    zone = made.make_zone(6)
    floor = 0.2
    ratios = [0.2, 0.2 - 1e-12, 0.2 + 1e-12, 0.0999, 0.25, 0.9]
    verdicts = ["met", "not_met", "met", "not_met", "met", "undetermined"]
    table = zone.green.parcels.assign(green_ratio=ratios, floor_ratio=floor, verdict=verdicts)
    joined, views = views_of(zone, green_ratio=dataclasses.replace(zone.green, parcels=table))
    found = classes_of(joined, views["green"])
    expected = ["above_0", "below_0", "above_0", "below_10", "above_5", "undetermined"]
    assert found[table["parcel_id"]].tolist() == expected
    # A float that lands on the wrong side of the floor does not overrule an exact verdict.
    turned = table.assign(verdict=["not_met", "met", "not_met", "not_met", "met", "met"])
    joined, views = views_of(zone, green_ratio=dataclasses.replace(zone.green, parcels=turned))
    assert classes_of(joined, views["green"])[table["parcel_id"]].tolist()[:3] == ["below_0", "above_0", "below_0"]


def test_steps_of_the_mix_of_uses(made):
    zone = made.make_zone(6)
    table = zone.mix.parcels.assign(hill_1=[1.0, 1.25, 1.7499, 2.5, 8.0, np.nan])
    joined, views = views_of(zone, mixed_use=dataclasses.replace(zone.mix, parcels=table))
    found = classes_of(joined, views["mixed"])[table["parcel_id"]].tolist()
    assert found == ["single", "low", "low", "high", "high", "undetermined"]


def test_missing_findings_are_never_a_good_class(made):
    zone = made.make_zone(4)
    table = zone.idle.parcels.assign(status=pd.Series([None, "idle", "idle", "idle"], dtype="str")).iloc[:3]
    joined, views = views_of(zone, idle_land=dataclasses.replace(zone.idle, parcels=table))
    found = classes_of(joined, views["status"])
    ids = zone.parcels["parcel_id"]
    assert found[ids].tolist() == ["undetermined", "idle", "idle", "no_finding"]


def test_a_status_without_a_sign_is_an_error(made):
    zone = made.make_zone(4)
    odd = dataclasses.replace(zone.idle, parcels=zone.idle.parcels.assign(status="demolished"))
    with pytest.raises(SchemaError, match=r"status holds values .*demolished"):
        views_of(zone, idle_land=odd)


def test_without_balances_parcels_are_plain(zone, draw):
    drawn = draw(zone, idle=None, green=None, mix=None)
    layer = next(child for child in drawn._children.values() if type(child).__name__ == "ParcelLayer")
    assert list(layer.content["views"]) == ["plain"]
    assert layer.content["views"]["plain"]["classes"][0]["count"] == len(zone.parcels)
    assert len(layer.content["attention"]) == 0


def test_the_table_lists_idle_possibly_idle_and_underused(zone):
    joined, _ = views_of(zone)
    table = zone.idle.parcels
    wanted = table[table["status"].isin(["idle", "idle_recognisable"]) | (table["underused"] == "met")]
    assert joined.frame["parcel_id"].iloc[attention(joined)].tolist() == sorted(wanted["parcel_id"])


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("view", ["status", "age", "underused", "underused_class", "green", "mixed"])
def test_colours_can_be_told_apart_by_everybody(view, sight):
    """CIE76 distance of all plain classes; red-yellow-green schemes fall to 4-6 here."""
    classes = signs()[view]["classes"]
    plain = {key: sign["fill"] for key, sign in classes.items() if key not in {"undetermined", "no_finding"}}
    distances = {
        (a, b): np.linalg.norm(lab(plain[a], SIGHT[sight]) - lab(plain[b], SIGHT[sight]))
        for a, b in itertools.combinations(plain, 2)
    }
    assert min(distances.values()) >= 20, min(distances, key=distances.get)


def test_legal_statuses_do_not_hang_on_colour():
    status = signs()["status"]["classes"]
    for key in ("idle", "idle_recognisable"):
        assert {"pattern", "line", "width"} <= set(status[key])
    assert status["idle"]["pattern"] != status["idle_recognisable"]["pattern"]
    for view in ("status", "ground", "age", "underused", "underused_class", "green", "mixed"):
        patterns = [sign.get("pattern") for sign in signs()[view]["classes"].values()]
        named = [pattern for pattern in patterns if pattern]
        assert len(named) == len(set(named)), "a pattern stands for one class of a theme"
        assert signs()[view]["classes"]["undetermined"]["pattern"]


@pytest.mark.parametrize("sight", SIGHT)
def test_reasons_can_be_told_apart_by_colour_or_pattern(sight):
    """Ten reasons are too many for colour alone: where two colours come near, a pattern tells them apart."""
    classes = {key: sign for key, sign in signs()["ground"]["classes"].items() if key != "no_finding"}
    near = [
        (a, b)
        for a, b in itertools.combinations(classes, 2)
        if classes[a].get("pattern") == classes[b].get("pattern")
        and np.linalg.norm(lab(classes[a]["fill"], SIGHT[sight]) - lab(classes[b]["fill"], SIGHT[sight])) < 20
    ]
    assert near == []


def test_every_reason_of_the_texts_has_a_sign():
    from gis.analyses import OPEN_GROUNDS
    from gis.schema import texts_of

    reasons = {key for key in texts_of("idle") if key.startswith("ground_")}
    assert reasons - set(OPEN_GROUNDS) == set(signs()["ground"]["classes"]) - {"undetermined", "no_finding"}


def test_every_class_of_underused_land_has_a_sign():
    from gis.analyses.underused import CLASSES

    assert set(CLASSES) == set(signs()["underused_class"]["classes"]) - {"not_met", "undetermined", "no_finding"}


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ("2026-03-31", "below_1"), ("2025-04-01", "below_1"), ("2025-03-31", "below_2"), ("2024-04-01", "below_2"),
        ("2024-03-31", "below_5"), ("2021-04-01", "below_5"), ("2021-03-31", "from_5"), (None, "undetermined"),
    ],
)  # fmt: skip
def test_age_of_idleness_the_day_before_on_and_after_its_anniversary(made, since, expected):
    """The as-of date is 2026-03-31: a year is full on its anniversary, not the day before."""
    zone = made.make_zone(4)
    table = zone.idle.parcels.assign(
        status=["idle", "idle_recognisable", "completed", "undetermined"],
        status_since=pd.to_datetime([since] * 4).astype("datetime64[us]"),
    )
    joined, views = views_of(zone, idle_land=dataclasses.replace(zone.idle, parcels=table))
    found = classes_of(joined, views["age"])[table["parcel_id"]].tolist()
    assert found == [expected, expected, "not_idle", "undetermined"]


def measure_of(values, **more):
    ids = [f"{place:03d}" for place in range(len(values))]
    series = pd.Series(values, index=pd.Index(ids, dtype="str"))
    return Measure("quotas", series, ["指标", "Quotas"], ["比", "ratio"], **more), pd.Series(ids, dtype="str")


def test_a_measure_is_cut_into_fifths_or_around_its_target():
    measure, ids = measure_of(np.arange(100) * 7.0)
    classes, scale = measure.classify(ids)
    assert classes.value_counts().tolist() == [20] * 5
    assert next(sign["fill"] for sign in scale.values()) == "#00224e"
    measure, ids = measure_of([0.7, 1.0, np.nextafter(1, 0), 1.3, np.nan], target=1.0)
    classes, scale = measure.classify(ids)
    assert classes.tolist() == ["below_0", "above_0", "below_2", "above_2", "undetermined"]
    assert list(scale) == ["below_0", "below_1", "below_2", "above_0", "above_1", "above_2", "undetermined"]
    measure, ids = measure_of([np.nan, np.inf])
    assert measure.classify(ids)[0].tolist() == ["undetermined"] * 2


def test_a_measure_reaches_its_parcel_letter_for_letter(zone, draw):
    values = pd.Series([0.25, 0.5], index=pd.Index(["0001", "1"], dtype="str"))
    drawn = draw(zone, measures=[Measure("use", values, ["用", "Use"], ["比", "ratio"])])
    columns = read_block(drawn.get_root().render(), "parcels")["columns"]
    found = dict(zip(columns["id"]["rows"], columns["measure_use"]["rows"], strict=True))
    assert (found["0001"], found["1"], found["001"]) == (0.25, 0.5, None)


def test_a_measure_with_doubled_or_numeric_ids_or_a_bad_name_is_refused():
    words = (["用", "Use"], ["比", "ratio"])
    with pytest.raises(InputError, match="more than once: 1"):
        Measure("use", pd.Series([1, 2], index=pd.Index(["1", "1"], dtype="str")), *words)
    with pytest.raises(SchemaError, match="not text"):
        Measure("use", pd.Series([1, 2]), *words)
    with pytest.raises(SchemaError, match="name a measure"):
        Measure("a b", pd.Series([1.0], index=pd.Index(["1"], dtype="str")), *words)


def test_a_few_amounts_are_a_class_each_and_many_are_fifths():
    ids = pd.Series([str(number) for number in range(40)])
    few = Measure("m", pd.Series([5.0, 5.0, 9.0], index=["1", "2", "3"]), ["甲", "a"], ["一", "b"], absent=["无", "none"])
    classes, scale = few.classify(ids)
    assert [scale[key]["words"][1] for key in scale] == ["5.00", "9.00", "none"]
    assert classes.value_counts().to_dict() == {"undetermined": 37, "step_0": 2, "step_1": 1}
    many = Measure("m", pd.Series(np.arange(40.0), index=ids), ["甲", "a"], ["一", "b"])
    classes, scale = many.classify(ids)
    assert classes.value_counts().to_dict() == {f"step_{place}": 8 for place in range(5)}
    assert scale["step_0"]["words"][1] == "0.00 – 7.80"
    # Most are equal: no class is empty.
    skew = Measure("m", pd.Series([1.0] * 34 + [2.0, 3.0, 4.0, 5.0, 6.0, 7.0], index=ids), ["甲", "a"], ["一", "b"])
    classes, scale = skew.classify(ids)
    assert set(classes) == set(scale) - {"undetermined"}
