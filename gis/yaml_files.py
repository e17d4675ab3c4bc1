"""Strict reading of YAML: a doubled key, a tab or a broken line is an error with its place.

Of what YAML can do beyond plain data nothing is taken, for it can keep a reader busy for ever, or end in an error of
Python: tags, names (`&a`) within what has a name, whose doubling makes 10¹² values of forty lines, nesting without
end, numbers of thousands of digits, days that no calendar has.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gis.errors import InputError

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

__all__ = ["parse_yaml", "read_yaml"]

#: The files here nest six deep, and a scenario of a hundred thousand edits is 15 MB.
MOST_DEPTH = 60
MOST_BYTES = 64 << 20
MOST_NODES = 3_000_000
#: No quantity has more; Python itself stops at 4,300.
MOST_DIGITS = 400
#: What no path, id or database may hold: NUL, and half a character (a lone surrogate).
UNFIT = re.compile("[\0\ud800-\udfff]")


def parse_yaml(text: str, *, name: str) -> Any:
    r"""Parse YAML 1.2 strictly.

    Parameters
    ----------
    text
        The document.
    name
        What to call it in a message.

    Raises
    ------
    InputError
        With line and column, for a syntax error, a key given twice, a tag, a name within what has a name, a day that
        does not exist, a number too long, nesting too deep, or text that holds a NUL or half a character.

    Examples
    --------
    >>> parse_yaml("a: 0601", name="x")
    {'a': 601}
    >>> parse_yaml("a: 1\\na: 2", name="rules.yaml")
    Traceback (most recent call last):
    ...
    gis.errors.InputError: rules.yaml, line 2: found duplicate key "a" with value "2" (original value: "1"). ...
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    yaml = YAML(typ="safe", pure=True)
    yaml.Composer, yaml.Constructor = _plain_data()
    try:
        return yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        why = (error.problem or str(error)).strip()
        line = mark.line + 1 if mark is not None else 0
        raise InputError("yaml_invalid", path=name, line=line, why=why) from None
    except (YAMLError, ValueError, OverflowError) as error:  # the last two of an escape beyond Unicode
        raise InputError("yaml_invalid", path=name, line=0, why=str(error)) from None


def read_yaml(path: Path | str) -> Any:
    """Read one YAML file strictly (see `parse_yaml`); it must be UTF-8."""
    path = Path(path)
    try:
        if (size := path.stat().st_size) > MOST_BYTES:
            raise InputError("yaml_too_large", path=path, size=size, most=MOST_BYTES)
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("yaml_not_utf8", path=path) from None
    except OSError as error:
        raise InputError("file_unreadable", path=path, why=error.strerror) from None
    except InputError:
        raise
    except ValueError as error:  # a NUL or half a character in the path
        raise InputError("file_unreadable", path=ascii(str(path)), why=str(error)) from None
    return parse_yaml(text, name=str(path))


@functools.cache
def _plain_data() -> tuple[type[Any], type[Any]]:  # noqa: C901 - two classes, made late to keep imports light
    """Return a composer and a constructor that take plain data only."""
    from ruamel.yaml.composer import Composer
    from ruamel.yaml.constructor import SafeConstructor
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.events import AliasEvent
    from ruamel.yaml.nodes import ScalarNode

    def refused(why: str, place: Any) -> MarkedYAMLError:
        return MarkedYAMLError(problem=why, problem_mark=place.start_mark)

    class PlainComposer(Composer):
        nesting = names = count = 0

        def __init__(self, loader: Any = None) -> None:
            super().__init__(loader)
            self.warn_double_anchors = False  # a name may be given anew
            self.sizes: dict[Node, int] = {}

        def compose_node(self, parent: Any, index: Any) -> Node:
            event, before = self.parser.peek_event(), self.count
            is_alias = isinstance(event, AliasEvent)
            if not is_alias and event.tag is not None and event.tag != "!":
                raise refused(f"the tag {str(event.tag)[:60]} is not taken; write the plain value", event)
            if self.nesting >= MOST_DEPTH:
                raise refused(f"nested deeper than {MOST_DEPTH} levels", event)
            is_name = not is_alias and event.anchor is not None
            self.nesting, self.names, self.count = self.nesting + 1, self.names + is_name, self.count + 1
            node: Node = super().compose_node(parent, index)
            self.nesting, self.names = self.nesting - 1, self.names - is_name
            is_text = isinstance(node, ScalarNode)
            if is_alias and self.names and not is_text:
                raise refused(f"*{event.anchor} stands in what has a name itself; write it out", event)
            self.count += self.sizes.get(node, 0) if is_alias else 0
            if is_name:
                self.sizes[node] = self.count - before
            if self.count > MOST_NODES:
                raise refused(f"more than {MOST_NODES:,} values", event)
            if is_text and UNFIT.search(node.value):
                raise refused("the text holds a NUL or half a character (a lone surrogate)", event)
            return node

    class PlainConstructor(SafeConstructor):
        def construct_object(self, node: Any, deep: bool = False) -> Any:
            if not isinstance(node, ScalarNode):
                return super().construct_object(node, deep=deep)
            if str(node.tag).endswith(":int") and len(node.value) > MOST_DIGITS:
                raise refused(f"a number of {len(node.value)} digits; at most {MOST_DIGITS} are taken", node)
            try:
                return super().construct_object(node, deep=deep)
            except (ValueError, OverflowError) as error:  # such as the 29th of a February that has 28 days
                raise refused(f"{node.value[:60]}: {error}", node) from None

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            for key, _ in node.value:
                if not isinstance(key, ScalarNode):
                    raise refused("a key has to be a text or a number", key)
            return super().construct_mapping(node, deep=deep)

    return PlainComposer, PlainConstructor
