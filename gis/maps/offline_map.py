"""What every page with a map is: a `folium.Map` that saves as one offline file, whole or not at all."""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING, Any

import folium
from folium.template import Template

from gis.errors import OutputError
from gis.maps.beside import remove_former, write_beside
from gis.maps.figure import DataBlock, OfflineFigure, PackedBlock
from gis.maps.offline import asset_text, data_uri, own_assets
from gis.maps.parcel_layer import ShapeLayer
from gis.maps.shapes import bounds_in_degrees, ordered, pack_shapes, units_for
from gis.schema import text
from gis.writing import atomic_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.crs import Bounds

__all__ = ["OfflineMap", "page_css", "page_js", "page_template"]

#: The largest page that is shown inside a notebook's cell, and the height of its frame in pixels.
SRCDOC_BYTES, FRAME_HEIGHT = 3_000_000, 680


def page_js(*scripts: str) -> tuple[tuple[str, str], ...]:
    """Return folium's scripts and then those of a page, each building on those before it."""
    return (*folium.Map.default_js, *own_assets(*scripts))


def page_css(*sheets: str) -> tuple[tuple[str, str], ...]:
    """Return folium's style sheets and then those of a page."""
    return (*folium.Map.default_css, *own_assets(*sheets))


def page_template(asset: str, *, starts: str, skip: tuple[str, str], buttons: str = "") -> Template:
    """Return the template of a page.

    Parameters
    ----------
    asset
        Its main part, from ``assets/``; the head above it is that of every page.
    starts
        The function of the page's script that makes its map.
    skip
        Id that the skip link leads to, and the key of its word.
    buttons
        Further buttons of the head.
    """
    head = asset_text("head.html").replace("{{ buttons }}", buttons)
    for name, value in zip(("skip_to", "skip_word"), skip, strict=True):
        head = head.replace(f"{{{{ {name} }}}}", value)
    return Template(
        """
        {% macro header(this, kwargs) %}
        <meta name="viewport" content="width=device-width, initial-scale=1">
        {% endmacro %}
        {% macro html(this, kwargs) %}"""
        + head
        + asset_text(asset).replace("{{ map_id }}", "{{ this.get_name() }}")
        + """{% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = ZoneGIS."""
        + starts
        + """({{ this.get_name()|tojson }}, "zonegis-page");
        {% endmacro %}
        """
    )


class OfflineMap(folium.Map):  # type: ignore[misc]
    """A map page.

    It takes further folium elements like any other map, as long as they need nothing from the network
    and none of the libraries that are left out (jQuery, Bootstrap, awesome-markers).

    Parameters
    ----------
    page
        What the page says around the map: ``title``, ``as_of``, ``quality``, ``notes``, ``words``.
    bounds
        West, south, east, north in degrees of what the map opens on.
    lang
        The language it opens in.
    blocks
        id → what the page's script unpacks beside its layers.
    """

    # folium keeps these lists on the class, where `add_js_link` would change every other map.
    default_js: Sequence[tuple[str, str]] = page_js()
    default_css: Sequence[tuple[str, str]] = page_css()

    def __init__(
        self, page: dict[str, Any], *, bounds: Bounds, lang: str, blocks: dict[str, Any] | None = None
    ) -> None:  # fmt: skip
        west, south, east, north = bounds
        super().__init__(location=[(south + north) / 2, (west + east) / 2], tiles=None, zoom_start=14)
        self._id = "zonegis"
        self.default_js, self.default_css = list(self.default_js), list(self.default_css)
        self.page = page | {"bounds": list(bounds), "lang": lang, "icons": _icons()}
        self.blocks = blocks or {}
        #: Folders beside the page that `save` wrote.
        self.folders: tuple[Path, ...] = ()
        title = page["title"][lang == "en"]
        OfflineFigure(lang=lang, title=title).add_child(self)

    def render(self, **kwargs: Any) -> None:
        """Add the page's words and facts and its blocks to the root, then render as a folium map."""
        html = self.get_root().html
        for name, content in self.blocks.items():
            html.add_child(PackedBlock(name, content), name=name)
        html.add_child(DataBlock("zonegis-page", self.page), name="zonegis-page")
        super().render(**kwargs)

    def _repr_html_(self, **kwargs: Any) -> str:
        """Show the page in a notebook, inside a frame; one that is too large for a cell is not put there.

        Jupyter's server drops more than about 3 MB of output a cell, and a notebook keeps a copy of what
        it shows; a page that is larger is to be saved and opened by itself.
        """
        page = str(self.get_root().render(**kwargs))
        beside = self.get_root().blocks_beside()
        size = len(page.encode("utf-8")) + sum(len(block.packed[0]) for block in beside)
        if size > SRCDOC_BYTES or beside:
            facts = {"size": f"{size / 1e6:,.1f}", "most": f"{SRCDOC_BYTES / 1e6:,.1f}"}
            told = (text("map.notebook_too_large", lang, **facts) for lang in ("zh", "en"))
            return "".join(f"<p>{html.escape(line)}</p>" for line in told)
        title = html.escape(self.page["title"][self.page["lang"] == "en"], quote=True)
        return (
            f'<iframe srcdoc="{html.escape(page, quote=True)}" title="{title}" allowfullscreen '
            f'style="width:100%;height:{FRAME_HEIGHT}px;border:1px solid #c9d0d3"></iframe>'
        )

    def add_around(self, layers: dict[str, Any]) -> None:
        """Add the layers around the parcels: name → shapes in degrees, in whatever order of rows."""
        for name, shapes in layers.items():
            packed = pack_shapes(ordered(shapes), units=units_for(len(shapes)))
            self.add_child(ShapeLayer(name, packed, bounds=bounds_in_degrees(shapes)))

    def save(self, outfile: Any, close_file: bool = True, **kwargs: Any) -> None:
        """Write the page as one UTF-8 file; data beside it goes into a folder first, so that the page is never without.

        The folder is named after the page and its data. Folders of former data of the same page are removed
        once the page is there.

        Parameters
        ----------
        outfile
            A path, written to a temporary name and renamed when complete; or an open binary file.
        close_file
            Whether to close an open file after writing.
        **kwargs
            Passed to the templates.

        Raises
        ------
        MapAssetError
            If an element needs something from outside the page.
        OutputError
            If the file can't be written; a former one, and its data, stay as they were. And if an open file is
            given for a page with data beside it.
        """
        root = self.get_root()
        if isinstance(outfile, str | bytes | Path):
            path = Path(outfile.decode() if isinstance(outfile, bytes) else outfile)
            root.stem = path.stem
            content = root.render(**kwargs).encode("utf-8")
            self.folders = tuple(write_beside(path, block) for block in root.blocks_beside())
            with atomic_file(path) as temporary:
                temporary.write_bytes(content)
            remove_former(path, self.folders)
            return
        content = root.render(**kwargs).encode("utf-8")
        if root.blocks_beside():
            raise OutputError("map_needs_path")
        outfile.write(content)
        if close_file:
            outfile.close()


def _icons() -> dict[str, str]:
    """Return Leaflet's marker images, which its script would look for beside the page."""
    return {
        "iconUrl": data_uri("leaflet/marker-icon.png"),
        "iconRetinaUrl": data_uri("leaflet/marker-icon-2x.png"),
        "shadowUrl": data_uri("leaflet/marker-shadow.png"),
    }
