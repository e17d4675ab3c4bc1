"""The page around the map: everything inlined, element ids fixed, scripts named by their hash."""

# branca keeps children and ids private and offers no other way to them.
# ruff: noqa: SLF001

from __future__ import annotations

import base64
import functools
import hashlib
import html as html_text
import re
from typing import Any
from urllib.parse import quote

from branca.element import CssLink, Element, Figure, JavascriptLink, Link
from jinja2 import Template

from gis.maps.columns import json_text
from gis.maps.offline import MapAssetError, inline_script, inline_style, require_offline, resolve
from gis.maps.packing import packed_base64

__all__ = ["DataBlock", "OfflineFigure", "PackedBlock"]

_ID = re.compile(r"[0-9a-f]{32}")
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
POLICY_PLACE = "<!--policy-->"
#: Letters of base64 in a script beside the page; a multiple of four.
PART_LETTERS = 1 << 24


class DataBlock(Element):  # type: ignore[misc]
    """Data in the page: JSON that no browser runs and no template reads.

    branca renders the output of a macro once more as a template, so that ``{{7*7}}`` in a parcel's
    name would be computed; data therefore never goes through a macro.
    """

    def __init__(self, block_id: str, value: Any) -> None:
        super().__init__()
        self._name = "DataBlock"
        self.block_id = block_id
        self.value = value

    def render(self, **_: Any) -> str:
        """Return the block."""
        return f'<script type="application/json" id="{self.block_id}">{json_text(self.value)}</script>'


class PackedBlock(Element):  # type: ignore[misc]
    """Columns of numbers and letters in the page, or in scripts beside it: see `gis.maps.packing`.

    Browsers read no data from beside a page that is opened as a file, but they load its scripts.
    """

    def __init__(self, block_id: str, value: Any, *, is_beside: bool = False) -> None:
        super().__init__()
        self._name = "PackedBlock"
        self.block_id = block_id
        self.value = value
        self.is_beside = is_beside

    @functools.cached_property
    def packed(self) -> tuple[str, int]:
        """The block in base64, and its length unpacked."""
        return packed_base64(self.value)

    def folder(self, stem: str) -> str:
        """Return the name of the folder beside a page: another one for other data, so that pages never mix."""
        return f"{stem}-data-{hashlib.sha256(self.packed[0].encode()).hexdigest()[:12]}"

    def files(self) -> dict[str, str]:
        """Return the scripts beside the page, by name."""
        text = self.packed[0]
        name = json_text(self.block_id)
        return {
            f"part-{number:04d}.js": f'ZoneGIS.part({name},{number},"{text[at : at + PART_LETTERS]}");\n'
            for number, at in enumerate(range(0, len(text), PART_LETTERS))
        }

    def render(self, **_: Any) -> str:
        """Return the block; ``data-size`` is its length unpacked, ``data-parts`` the scripts that hold it."""
        text, size = self.packed
        if self.is_beside:
            folder, parts = quote(self.folder(self.get_root().stem)), self.files()
            scripts = "".join(f'<script src="{folder}/{name}"></script>\n' for name in parts)
            place = (
                f'<script type="application/gzip" id="{self.block_id}" data-size="{size}" data-parts="{len(parts)}">'
            )
            return f"{scripts}{place}</script>"
        return f'<script type="application/gzip" id="{self.block_id}" data-size="{size}">{text}</script>'


class InlineAsset(Element):  # type: ignore[misc]
    """A vendored script or style sheet inside the page."""

    def __init__(self, asset: str, *, is_script: bool) -> None:
        super().__init__()
        self._name = "InlineAsset"
        self.asset = asset
        self.is_script = is_script

    def render(self, **_: Any) -> str:
        """Return the asset between its tags."""
        if self.is_script:
            return f"<script>\n{inline_script(self.asset)}\n</script>"
        return f"<style>\n{inline_style(self.asset)}\n</style>"


class OfflineFigure(Figure):  # type: ignore[misc]
    """A branca figure that renders to one self-contained page.

    Parameters
    ----------
    lang
        ``zh`` or ``en``: the language the page opens in.
    title
        Of the browser's window.
    """

    _template = Template(
        "<!DOCTYPE html>\n"
        '<html lang="{{ this.page_lang }}">\n<head>\n<meta charset="utf-8">\n'
        + POLICY_PLACE
        + '\n<meta name="generator" content="ZoneGIS">'
        + "\n<title>{{ this.page_title }}</title>\n{{ this.header.render(**kwargs) }}\n</head>\n"
        "<body>\n{{ this.html.render(**kwargs) }}\n"
        "<script>\n{{ this.closing_script(**kwargs) }}\n</script>\n</body>\n</html>\n"
    )

    def __init__(self, *, lang: str, title: str) -> None:
        super().__init__()
        self.header._children.clear()  # the figure's own meta tag; the template has one
        self.page_lang = "zh-CN" if lang == "zh" else lang
        self.page_title = html_text.escape(title)
        #: The page's file without its suffix; data beside it is named after it.
        self.stem = "map"

    def closing_script(self, **kwargs: Any) -> str:
        """Return the scripts of all elements, in their order."""
        return str(self.script.render(**kwargs)).strip()

    def render(self, **kwargs: Any) -> str:
        """Return the page.

        Raises
        ------
        MapAssetError
            If any element needs something from outside the page.
        """
        for child in self._children.values():
            child.render(**kwargs)
        for part in (self.header, self.html, self.script):
            _inline_links(part)
            _require_offline(part, kwargs)
        page = str(self._template.render(this=self, kwargs=kwargs))
        return _with_policy(_with_fixed_ids(page, self), has_parts=bool(self.blocks_beside()))

    def blocks_beside(self) -> list[PackedBlock]:
        """Return the blocks, of those rendered, that are scripts beside the page."""
        return [child for child in self.html._children.values() if isinstance(child, PackedBlock) and child.is_beside]


def _inline_links(part: Element) -> None:
    for name, child in list(part._children.items()):
        if not isinstance(child, Link):
            _inline_links(child)
            continue
        asset = resolve(child.url, where=name)
        if asset is None:
            del part._children[name]
        elif isinstance(child, JavascriptLink | CssLink):
            part._children[name] = InlineAsset(asset, is_script=isinstance(child, JavascriptLink))
        else:
            raise MapAssetError("map_asset_missing", where=name, url=child.url)


def _require_offline(part: Element, kwargs: dict[str, Any]) -> None:
    for name, child in part._children.items():
        if not isinstance(child, DataBlock | PackedBlock | InlineAsset):
            require_offline(str(child.render(**kwargs)), where=name)


def _elements(element: Element) -> list[Element]:
    return [element, *(below for child in element._children.values() for below in _elements(child))]


def _with_fixed_ids(page: str, figure: Figure) -> str:
    """Replace the random ids of elements by numbers in the order of the tree; other hex stays as it is."""
    own = {element._id for element in _elements(figure)}
    numbers: dict[str, str] = {}
    for element in _elements(figure):
        numbers.setdefault(element._id, f"{len(numbers):032x}")
    return _ID.sub(lambda match: numbers[match[0]] if match[0] in own else match[0], page)


def _with_policy(page: str, *, has_parts: bool) -> str:
    """Allow the scripts that are in the page now, its own parts beside it, and nothing else: no network, no handler."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in _SCRIPT.findall(page)
    ) + (" 'self' file:" if has_parts else "")
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return page.replace(POLICY_PLACE, f'<meta http-equiv="Content-Security-Policy" content="{policy}">', 1)
