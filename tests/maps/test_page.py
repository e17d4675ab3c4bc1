"""The page as a file: same bytes, whole or not at all, every text in both languages."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from read_block import read_block

from gis.errors import InputError, OutputError, SchemaError
from gis.maps.columns import json_text
from gis.maps.offline import asset_text
from gis.maps.words import field_words, known_words, page_words
from gis.schema import texts_of

SCRIPTS = (
    "words.js", "parcel.js", "search.js", "table.js", "legend.js", "filters.js", "timeline.js", "frame.js", "page.js",
    "comparison.js", "unpack.js", "shapes.js", "signs.js", "overview.js",
    "tiles.js", "layers.js",
)  # fmt: skip


def block(page: str, name: str) -> dict:
    return json.loads(
        re.search(rf'<script type="application/json" id="zonegis-{name}">(.*?)</script>', page, re.DOTALL)[1]
    )


def test_two_renders_and_two_drawings_give_the_same_bytes(zone, draw, page):
    drawn = draw(zone)
    assert drawn.get_root().render() == page
    assert drawn.get_root().render() == page


def test_the_order_of_rows_changes_no_byte(zone, draw, page):
    shuffled = {name: frame.sample(frac=1, random_state=5) for name, frame in zone.layers().items()}
    for name in ("idle", "green", "mix"):
        balance = getattr(zone, name)
        tables = {key: table.sample(frac=1, random_state=7) for key, table in balance.tables.items()}
        shuffled[name] = dataclasses.replace(
            balance, parcels=balance.parcels.sample(frac=1, random_state=6), tables=tables
        )
    assert draw(zone, parcels=zone.parcels.sample(frac=1, random_state=8), **shuffled).get_root().render() == page


def test_another_process_with_another_hash_seed_gives_the_same_bytes(page):
    here = Path(__file__).parent
    code = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1])\n"
        "from made_zone import make_zone; from gis.maps import draw_map\n"
        "z = make_zone(60); m = draw_map(z.parcels, z.idle, z.green, z.mix, **z.layers())\n"
        "sys.stdout.write(hashlib.sha256(m.get_root().render().encode()).hexdigest())"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(here)],
        env=os.environ | {"PYTHONHASHSEED": "4711"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.stderr == ""
    assert run.stdout == hashlib.sha256(page.encode()).hexdigest()


def test_hostile_text_stays_text_in_the_file(made, page):
    columns = read_block(page, "parcels")["columns"]
    shown = dict(zip(columns["id"]["rows"], columns["name"]["rows"], strict=True))
    assert shown["001"] == made.HOSTILE[0]
    assert shown["310115-00004"] == "${7*7} {{7*7}} {% raw %} {#c#}", (
        "branca renders macros twice: data must not pass through one"
    )
    assert [shown[f"310115-0000{n}"] for n in (5, 6, 7)] == list(made.HOSTILE[4:])
    assert columns["name"]["rows"].count("𠮷野家 🏭🚧 𪚥") == 1
    raw = "".join(re.findall(r'<script type="application/json".*?>(.*?)</script>', page, re.DOTALL))
    assert not set("<>&\u2028\u2029") & set(raw)
    typed = len(re.findall(r'<script type="application/(?:json|gzip)"', page))
    assert page.count("<script>") == page.count("</script>") - typed


def test_a_hostile_title_is_escaped_in_head_and_data(zone, draw):
    title = "</title><script>window.__hacked='title'</script>{{7*7}}"
    page = draw(zone, title=title).get_root().render()
    assert "<title>&lt;/title&gt;&lt;script&gt;" in page
    assert block(page, "page")["title"] == [title, title]
    assert "window.__hacked='title'</script>" not in page.replace("&lt;/script&gt;", "")


def test_json_refuses_what_json_has_no_word_for():
    with pytest.raises(ValueError, match="Out of range float"):
        json_text(float("nan"))


def test_save_writes_one_file_and_leaves_no_other(zone, draw, page, tmp_path):
    draw(zone).save(tmp_path / "map.html")
    assert [file.name for file in tmp_path.iterdir()] == ["map.html"]
    assert (tmp_path / "map.html").read_bytes() == page.encode()


def test_save_takes_an_open_file(zone, draw, page):
    stream = io.BytesIO()
    draw(zone).save(stream, close_file=False)
    assert stream.getvalue() == page.encode()


def test_a_full_disk_leaves_the_former_map(zone, draw, tmp_path, monkeypatch):
    path = tmp_path / "map.html"
    path.write_text("former")
    drawn = draw(zone)

    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="No space left"):
        drawn.save(path)
    assert path.read_text() == "former"
    assert [file.name for file in tmp_path.iterdir()] == ["map.html"]


def test_it_is_a_folium_map_that_shows_in_a_notebook(zone, draw):
    import folium

    drawn = draw(zone)
    assert isinstance(drawn, folium.Map)
    frame = drawn._repr_html_()
    assert frame.count("<iframe srcdoc=") == 1
    assert "cdn." not in frame


def test_bounds_are_those_of_boundary_and_parcels(zone, draw):
    drawn = draw(zone)
    west, south, east, north = drawn.page["bounds"]
    assert drawn.get_bounds() == [[south, west], [north, east]]
    expected = zone.boundary.to_crs("EPSG:4326").total_bounds
    assert (west, south, east, north) == pytest.approx(tuple(expected), abs=1e-6)


@pytest.mark.parametrize(
    ("told", "column", "worst"),
    [
        ("approved", "approved", "approved"),
        ("approved", "synthetic", "synthetic"),
        ("indicative", "approved", "indicative"),
    ],
)
def test_the_worst_quality_is_on_the_face_of_the_map(zone, draw, told, column, worst):
    boundary = zone.boundary.assign(boundary_quality=column)
    facts = draw(zone, boundary=boundary, quality=told).page
    assert facts["quality"] == worst
    assert bool(facts["quality_banner"][0]) == bool(facts["quality_banner"][1]) == (worst != "approved")


def test_unknown_quality_and_nothing_to_draw_are_errors(zone, draw):
    with pytest.raises(SchemaError, match="'guessed'"):
        draw(zone, quality="guessed")
    empty = zone.parcels.assign(geometry=None).set_geometry("geometry", crs=zone.parcels.crs)
    with pytest.raises(InputError, match="nothing to draw"):
        draw(zone, parcels=empty, boundary=zone.boundary.iloc[:0])


def test_a_parcel_without_a_shape_is_listed_not_lost(zone, draw):
    parcels = zone.parcels.copy()
    parcels.loc[3, "geometry"] = None
    drawn = draw(zone, parcels=parcels)
    lost = parcels["parcel_id"][3]
    content = read_block(drawn.get_root().render(), "parcels")
    place = content["columns"]["id"]["rows"].index(lost)
    assert content["shapes"]["counts"][place] == 0
    assert any(lost in note[1] and "no shape" in note[1] for note in drawn.page["notes"] if isinstance(note, list))
    assert sum(item["count"] for item in content["views"]["status"]["classes"]) == len(parcels)


def test_unverified_rules_are_named_and_verified_ones_not(zone, draw):
    notes = draw(zone).page["notes"]
    unverified = [note for note in notes if isinstance(note, list) and "verified" in note[1]]
    assert [note[0] for note in unverified] == ["以下参数的法规原文尚未核实：idle_land.anniversary_counts"]


def test_notes_are_texts_or_sentences(zone, draw):
    notes = draw(zone, notes=("idle.note_data_date", "资料来源：某局 2026")).page["notes"]
    assert notes[0] == [texts_of("idle")["note_data_date"]["zh"], texts_of("idle")["note_data_date"]["en"]]
    assert notes[1] == "资料来源：某局 2026"
    assert notes.count(notes[0]) == 1, "the balance has the same note"


def test_every_word_a_script_asks_for_is_there_in_both_languages():
    words = page_words()
    scripts = "".join(asset_text(name) for name in SCRIPTS)
    asked = set(re.findall(r'\bword\("(\w+)"', scripts)) | set(
        re.findall(r'data-word(?:-\w+)?="(\w+)"', asset_text("page.html"))
    )
    asked |= set(re.findall(r'\badd\("(\w+)"', scripts)) | set(re.findall(r'"data-word(?:-\w+)?": "(\w+)"', scripts))
    asked -= {"first_name", "second_name"}  # a comparison is told what to call its sides
    asked -= {key for key in asked if key.endswith("_")}  # the rest of these is put on by the script
    assert asked - set(words) == set()
    assert len(asked) > 50
    for zh, en in words.values():
        assert zh
        assert en


def test_every_text_of_the_map_is_used_somewhere():
    room = Path(sys.modules["gis.maps"].__file__).parent
    sources = "".join(
        file.read_text("utf-8") for file in sorted(room.rglob("*")) if file.suffix in {".py", ".js", ".html"}
    )
    stems = (
        "view_", "class_", "underused_", "green_", "mixed_", "group_", "balance_", "layer_", "quality_", "verdict_",
        "tab_", "table_", "notes_", "search_", "overview_", "filter_date_", "measure_", "age_",
        "compare_",
    )  # fmt: skip
    unused = {
        key for key in texts_of("map")
        if key not in sources and not any(key.startswith(stem) and stem in sources for stem in stems)
    }  # fmt: skip
    assert unused == set()


def test_missing_fields_read_as_labels():
    assert field_words("supply_status;no_such_field") == ["供应状态；no_such_field", "Supply status; no_such_field"]
    assert known_words("no_such_key", room="idle") == "no_such_key"


def test_a_bare_import_stays_light():
    code = "import sys, gis.maps; print(sorted({'folium', 'branca', 'geopandas', 'matplotlib'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "folium" not in run.stdout
    assert "branca" not in run.stdout


def test_a_page_too_large_for_a_cell_is_not_put_into_the_notebook(zone, draw, monkeypatch):
    from gis.maps import offline_map

    drawn = draw(zone)
    monkeypatch.setattr(offline_map, "SRCDOC_BYTES", 10_000)
    told = drawn._repr_html_()
    assert "<iframe" not in told
    assert len(told) < 1000
    assert ".save(&quot;map.html&quot;)" in told
    assert "超过笔记本单元格" in told
