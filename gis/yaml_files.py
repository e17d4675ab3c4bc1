"""Strict reading of YAML: a doubled key, a tab or a broken line is an error with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gis.errors import InputError

__all__ = ["parse_yaml", "read_yaml"]


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
        With line and column, for a syntax error or a key given twice.

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

    try:
        return YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        why = (error.problem or str(error)).strip()
        line = mark.line + 1 if mark is not None else 0
        raise InputError("yaml_invalid", path=name, line=line, why=why) from None
    except YAMLError as error:
        raise InputError("yaml_invalid", path=name, line=0, why=str(error)) from None


def read_yaml(path: Path | str) -> Any:
    """Read one YAML file strictly (see `parse_yaml`); it must be UTF-8."""
    path = Path(path)
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("yaml_not_utf8", path=path) from None
    except OSError as error:
        raise InputError("file_unreadable", path=path, why=error.strerror) from None
    return parse_yaml(text, name=str(path))
