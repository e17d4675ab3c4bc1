"""The layers of the map as folium elements: parcels, and the plain layers around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from folium.elements import JSCSSMixin
from folium.template import Template

from gis.maps.figure import PackedBlock
from gis.maps.offline import own_assets

if TYPE_CHECKING:
    from gis.crs import Bounds

__all__ = ["ParcelLayer", "ShapeLayer"]


class _PackedLayer(JSCSSMixin):  # type: ignore[misc]
    """A layer whose data is a block in the page, drawn by a script of the package."""

    def __init__(
        self, layer_id: str, content: dict[str, Any], bounds: Bounds | None, *, is_beside: bool = False
    ) -> None:
        super().__init__()
        self.is_beside = is_beside
        self._id = layer_id
        self.content = content
        self.bounds = bounds

    @property
    def block_id(self) -> str:
        """The id of the data block."""
        return f"zonegis-{self._id}"

    def _get_self_bounds(self) -> list[list[float | None]]:
        if self.bounds is None:
            return [[None, None], [None, None]]
        west, south, east, north = self.bounds
        return [[south, west], [north, east]]

    def render(self, **kwargs: Any) -> None:
        """Put the data into the page, then the call that draws it."""
        block = PackedBlock(self.block_id, self.content, is_beside=self.is_beside)
        self.get_root().html.add_child(block, name=self.block_id)
        super().render(**kwargs)


class ParcelLayer(_PackedLayer):
    """All parcels: shapes, themes, and what the popup says of each, packed as columns.

    Parameters
    ----------
    content
        ``shapes`` (`gis.maps.shapes.pack_shapes`), ``columns``, ``views`` and ``attention``.
    bounds
        West, south, east, north in degrees.
    is_beside
        Keep the data in scripts beside the page rather than in it.
    """

    default_js = own_assets(
        "fflate/fflate.js", "unpack.js", "shapes.js", "signs.js", "overview.js", "tiles.js", "layers.js"
    )
    default_css = ()
    _template = Template(
        """
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = ZoneGIS.addParcels({{ this._parent.get_name() }}, {{ this.block_id|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, content: dict[str, Any], *, bounds: Bounds | None, is_beside: bool = False) -> None:
        super().__init__("parcels", content, bounds, is_beside=is_beside)
        self._name = "ParcelLayer"


class ShapeLayer(_PackedLayer):
    """A small layer without attributes: the boundary, green spaces, roads.

    Parameters
    ----------
    name
        ``boundary``, ``green_spaces`` or ``roads``; decides how it is drawn.
    shapes
        From `gis.maps.shapes.pack_shapes`.
    bounds
        West, south, east, north in degrees.
    """

    default_js = ParcelLayer.default_js
    default_css = ()
    _template = Template(
        """
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = ZoneGIS.addShapes(
                {{ this._parent.get_name() }}, {{ this.block_id|tojson }}, {{ this._id|tojson }}
            );
        {% endmacro %}
        """
    )

    def __init__(self, name: str, shapes: dict[str, Any], *, bounds: Bounds | None) -> None:
        super().__init__(name, {"shapes": shapes}, bounds)
        self._name = "ShapeLayer"
