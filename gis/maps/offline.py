"""Everything a page loads comes from inside it: scripts, styles and images are inlined, or refused.

folium registers ten files on other people's servers. Each is resolved here to a copy in ``assets/``
(with its licence beside it, listed in NOTICE), to nothing where no element of ours needs it, or to
an error: a page that silently lacks a script is worse than none.
"""

from __future__ import annotations

import base64
import functools
import re
from importlib import resources
from typing import Final

from gis.errors import GisError

__all__ = [
    "MapAssetError",
    "asset_text",
    "data_uri",
    "escape_script",
    "escape_style",
    "inline_script",
    "inline_style",
    "own_assets",
    "require_offline",
    "resolve",
]


class MapAssetError(GisError, LookupError):
    """A page would need something from outside itself."""


#: Files of the package are registered with folium under this scheme.
OWN_SCHEME: Final = "zonegis:"
#: What an address on the network stands for here.
VENDORED: Final = {
    r"/leaflet@1\.9\.\d+/dist/leaflet\.js$": "leaflet/leaflet.js",
    r"/leaflet@1\.9\.\d+/dist/leaflet\.css$": "leaflet/leaflet.css",
}
#: Libraries of folium that no element of ours needs, and how one sees that another element does.
LEFT_OUT: Final = {
    r"/jquery-[\d.]+(\.min)?\.js$": ("jQuery", r"(?<![\w.])\$\(|\bjQuery\b"),
    r"/bootstrap@[\d.]+/dist/js/bootstrap": ("Bootstrap", r"\bbootstrap\."),
    r"/bootstrap@[\d.]+/dist/css/bootstrap": ("Bootstrap", r"\bbootstrap\."),
    r"/bootstrap-glyphicons\.css$": ("Glyphicons", r"glyphicon-"),
    r"/fontawesome-free@[\d.]+/css/all": ("Font Awesome", r"\bfa fa-|\bfa-(solid|regular|brands)\b"),
    r"/leaflet\.awesome-markers\.(js|css)$": ("Leaflet.awesome-markers", r"AwesomeMarkers"),
    r"/leaflet\.awesome\.rotate(\.min)?\.css$": ("Leaflet.awesome-markers", r"AwesomeMarkers"),
}
LICENCES: Final = {"leaflet/leaflet.js": "leaflet/LICENSE", "fflate/fflate.js": "fflate/LICENSE"}
IMAGES: Final = ("marker-icon.png", "marker-icon-2x.png", "marker-shadow.png")
_CSS_URL = re.compile(r"url\(\s*(['\"]?)(?!data:|#)([^)'\"]+)\1\s*\)")
#: Names of XML vocabularies look like addresses and are never fetched.
_OUTSIDE = (
    re.compile(r"(?:https?|wss?|ftp):(?:\\?/){2}(?!www\.w3\.org/)[^\s\"'<>)\\]*", re.IGNORECASE),
    re.compile(r"(?<![\w:])(?:src|href)\s*=\s*['\"]?(?!data:|#|['\"])[^\s'\">]+", re.IGNORECASE),
    re.compile(r"@import\b[^;]*", re.IGNORECASE),
    _CSS_URL,
)


@functools.cache
def _asset_bytes(name: str) -> bytes:
    return (resources.files("gis.maps") / "assets").joinpath(*name.split("/")).read_bytes()


def own_assets(*names: str) -> tuple[tuple[str, str], ...]:
    """Return files of ``assets/`` as folium registers scripts and style sheets: (name, address).

    Examples
    --------
    >>> own_assets("page.css")
    (('zonegis_page_css', 'zonegis:page.css'),)
    """
    return tuple((f"zonegis_{re.sub(r'[./]', '_', name)}", f"{OWN_SCHEME}{name}") for name in names)


def asset_text(name: str) -> str:
    r"""Return a text file of ``assets/``, with ``\n`` at the ends of lines."""
    return _asset_bytes(name).decode("utf-8").replace("\r\n", "\n")


def data_uri(name: str) -> str:
    """Return a PNG of ``assets/`` as a data URI.

    Examples
    --------
    >>> data_uri("leaflet/layers.png")[:22]
    'data:image/png;base64,'
    """
    return f"data:image/png;base64,{base64.b64encode(_asset_bytes(name)).decode()}"


def resolve(url: str, *, where: str) -> str | None:
    """Return the asset that stands for an address, or None for a library that is left out.

    Raises
    ------
    MapAssetError
        If the package has no copy.

    Examples
    --------
    >>> resolve("https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js", where="map")
    'leaflet/leaflet.js'
    >>> resolve("https://code.jquery.com/jquery-3.7.1.min.js", where="map") is None
    True
    >>> resolve("https://cdn.example/plugin.js", where="plugin")
    Traceback (most recent call last):
    ...
    gis.maps.offline.MapAssetError: plugin needs https://cdn.example/plugin.js, ...
    """
    if url.startswith(OWN_SCHEME):
        return url.removeprefix(OWN_SCHEME)
    for pattern, asset in VENDORED.items():
        if re.search(pattern, url):
            return asset
    if any(re.search(pattern, url) for pattern in LEFT_OUT):
        return None
    raise MapAssetError("map_asset_missing", where=where, url=url)


def escape_script(text: str) -> str:
    r"""Return a script that no text inside it can end, and that has no raw line separators.

    Examples
    --------
    >>> escape_script("var a = '</script>';")
    "var a = '<\\/script>';"
    """
    text = re.sub(r"</(?=script)", r"<\\/", text, flags=re.IGNORECASE).replace("<!--", r"<\!--")
    return text.replace("\u2028", r"\u2028").replace("\u2029", r"\u2029")


def escape_style(text: str) -> str:
    r"""Return a style sheet that no text inside it can end.

    Examples
    --------
    >>> escape_style("a::after {content: '</style>'}")
    "a::after {content: '<\\/style>'}"
    """
    return re.sub(r"</(?=style)", r"<\\/", text, flags=re.IGNORECASE)


@functools.cache
def inline_script(asset: str) -> str:
    """Return a script of ``assets/`` for inlining, under its licence."""
    text = re.sub(r"^//# sourceMappingURL=.*$", "", asset_text(asset), flags=re.MULTILINE)
    licence = LICENCES.get(asset)
    if licence:
        text = f"/*!\n{asset_text(licence).strip()}\n*/\n{text}"
    return escape_script(text.strip())


@functools.cache
def inline_style(asset: str) -> str:
    """Return a style sheet of ``assets/`` for inlining; its images become data URIs.

    Raises
    ------
    MapAssetError
        If it refers to a file that is not in ``assets/``.
    """
    folder = asset.rpartition("/")[0]

    def embed(match: re.Match[str]) -> str:
        name = "/".join(filter(None, (folder, match[2].removeprefix("images/"))))
        try:
            return f"url({data_uri(name)})"
        except (OSError, ValueError):
            raise MapAssetError("map_asset_missing", where=asset, url=match[2]) from None

    return escape_style(_CSS_URL.sub(embed, asset_text(asset)).strip())


def require_offline(text: str, *, where: str) -> None:
    """Refuse a piece of a page that refers to anything outside it.

    Parameters
    ----------
    text
        HTML, script or style that an element rendered. Data blocks, which are only ever shown as
        text, are not given to this function.
    where
        The element, for the message.

    Raises
    ------
    MapAssetError
        For an address, a relative file, or a use of a library that is left out.

    Examples
    --------
    >>> require_offline("L.tileLayer('https://tile.example/{z}/{x}/{y}.png')", where="tiles")
    Traceback (most recent call last):
    ...
    gis.maps.offline.MapAssetError: tiles refers to https://tile.example/{z}/{x}/{y}.png outside the page; ...
    """
    for library, sign in LEFT_OUT.values():
        if re.search(sign, text):
            raise MapAssetError("map_library_left_out", where=where, library=library)
    for pattern in _OUTSIDE:
        found = pattern.search(text)
        if found:
            raise MapAssetError("map_url_outside", where=where, url=found[0])
