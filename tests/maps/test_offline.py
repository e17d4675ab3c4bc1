"""A page needs nothing from outside itself, or it is not made."""

from __future__ import annotations

import re

import folium
import folium.plugins
import pytest

from gis.errors import message_texts
from gis.maps import MapAssetError
from gis.maps.offline import (
    asset_text,
    escape_script,
    escape_style,
    inline_script,
    inline_style,
    require_offline,
    resolve,
)


def test_every_file_folium_registers_is_decided_here():
    urls = [url for _, url in (*folium.Map.default_js, *folium.Map.default_css)]
    assert len(urls) == 10, "folium registers other files than before: decide each"
    kept = [asset for url in urls if (asset := resolve(url, where="folium"))]
    assert kept == ["leaflet/leaflet.js", "leaflet/leaflet.css"]


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.jsdelivr.net/npm/leaflet@2.0.0/dist/leaflet.js",
        "https://x.example/leaflet.js",
        "//cdn.example/a.js",
        "a.js",
    ],
)
def test_an_unknown_address_is_refused_by_name(url):
    with pytest.raises(MapAssetError) as caught:
        resolve(url, where="plugin")
    assert url in str(caught.value)
    assert url in caught.value.text("zh")


def test_the_page_has_no_address_outside_scripts_licence_and_data(page):
    tags = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    assert not re.findall(r"https?:|src=|href=(?!\"#)|@import", tags)
    styles = "".join(re.findall(r"<style>(.*?)</style>", page, flags=re.DOTALL))
    assert "url(data:image/png;base64," in styles
    assert not re.findall(r"url\((?!data:|#)", styles)
    assert "https:" not in re.sub(r"/\*.*?\*/", "", styles, flags=re.DOTALL)
    scripts = "".join(re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL))
    assert set(re.findall(r"https?://[\w./-]+", scripts)) == {"http://www.w3.org/2000/svg", "https://leafletjs.com"}
    assert "sourceMappingURL" not in page


def test_only_the_libraries_that_are_needed_are_in_the_page(page):
    assert "Leaflet 1.9.4, a JS library" in page
    for library in ("jquery", "bootstrap", "awesome", "glyphicon"):
        assert library not in page.lower()


def test_leaflet_comes_with_its_licence_in_package_notice_and_page(page, pytestconfig):
    licence = asset_text("leaflet/LICENSE")
    assert "Volodymyr Agafonkin" in licence
    assert licence.strip() in page
    assert "Leaflet 1.9.4" in (pytestconfig.rootpath / "NOTICE").read_text("utf-8")


def test_fflate_comes_with_its_licence_too(page, pytestconfig):
    licence = asset_text("fflate/LICENSE")
    assert "MIT License" in licence
    assert licence.strip() in page
    assert "fflate 0.8.2" in (pytestconfig.rootpath / "NOTICE").read_text("utf-8")


def test_the_policy_allows_the_scripts_of_the_page_and_no_connection(page):
    import base64
    import hashlib

    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy.split("style-src")[0]
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    digests = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts}
    assert set(re.findall(r"'sha256-([^']+)'", policy)) == digests


@pytest.mark.parametrize(
    "element",
    [
        lambda: folium.TileLayer("OpenStreetMap"),
        lambda: folium.TileLayer("https://t0.tianditu.gov.cn/vec_w/wmts", attr="天地图"),
        folium.plugins.MarkerCluster,
        folium.plugins.MiniMap,
        folium.plugins.Fullscreen,
        lambda: folium.Marker([31.3, 121.6], icon=folium.Icon(color="red")),
        lambda: folium.Marker([31.3, 121.6], popup="x"),
    ],
    ids=["osm", "tianditu", "cluster", "minimap", "fullscreen", "icon", "popup"],
)
def test_an_element_that_needs_the_network_stops_the_page(zone, draw, element, tmp_path):
    drawn = draw(zone)
    drawn.add_child(element())
    former = tmp_path / "map.html"
    former.write_text("former")
    with pytest.raises(MapAssetError):
        drawn.save(former)
    assert former.read_text() == "former"


def test_a_plain_element_of_folium_is_welcome_and_gets_a_fixed_id(zone, draw):
    pages = []
    for _ in range(2):
        drawn = draw(zone)
        drawn.add_child(folium.CircleMarker([31.3, 121.6], tooltip="测点"))
        pages.append(drawn.get_root().render())
    assert "L.circleMarker" in pages[0]
    assert pages[0] == pages[1]


def test_the_lists_of_folium_are_not_changed(zone, draw):
    before = list(folium.Map.default_js), list(folium.Map.default_css)
    drawn = draw(zone)
    drawn.add_js_link("mine", "https://cdn.example/mine.js")
    assert (folium.Map.default_js, folium.Map.default_css) == before
    assert "mine" not in dict(type(drawn).default_js)
    with pytest.raises(MapAssetError, match=r"cdn\.example/mine\.js"):
        drawn.get_root().render()


@pytest.mark.parametrize("text", ["</script>", "</SCRIPT >", "</ScRiPt"])
def test_no_text_ends_a_script(text):
    assert "</script" not in escape_script(f"var a = '{text}';").lower()


def test_separators_and_comments_are_escaped_in_scripts_and_styles():
    assert escape_script("'<!--\u2028\u2029'") == r"'<\!--\u2028\u2029'"
    assert "</style" not in escape_style("a { content: '</STYLE>' }").lower()


def test_a_vendored_style_without_its_image_is_refused(monkeypatch):
    from gis.maps import offline

    css = "a { background: url(images/absent.png) }"
    monkeypatch.setattr(offline, "asset_text", lambda name: css)
    with pytest.raises(MapAssetError, match=r"absent\.png"):
        inline_style.__wrapped__("leaflet/other.css")


def test_inlined_leaflet_is_the_vendored_one_but_for_its_map_comment():
    vendored = asset_text("leaflet/leaflet.js")
    assert vendored.split("//# sourceMappingURL")[0].strip() in inline_script("leaflet/leaflet.js")
    require_offline("var svg = 'http://www.w3.org/2000/svg';", where="names of vocabularies are not addresses")


def test_messages_of_this_room_are_in_both_languages():
    own = {key: texts for key, texts in message_texts().items() if key.startswith("map_")}
    assert len(own) >= 10
    for texts in own.values():
        assert set(texts) == {"en", "zh"}
        assert re.search(r"[\u4e00-\u9fff]", texts["zh"])
