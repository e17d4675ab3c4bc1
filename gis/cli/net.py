"""The last net under every command: whatever it does not foresee is one message, an exit code, and details on request.

It mends nothing: a fault that ends here is one of the toolkit (exit code 4), and its cause belongs mended where it is.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import os
import platform
import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
from rich.markup import escape

from gis.cli.console import BROKEN_PIPE, INTERNAL, INTERRUPTED, UNREADABLE, USAGE, Language, VisibleGroup, err, say
from gis.errors import OutputError
from gis.plain_text import masked

__all__ = ["DETAILS_VARIABLE", "Net"]

DETAILS_VARIABLE = "ZONEGIS_DETAILS"
WHY_AT_MOST = 300
#: A full disk, wherever it is met, is no fault of the toolkit.
FULL = {errno.ENOSPC, errno.EDQUOT}
#: Half a character: in an argument, a byte that is no UTF-8.
HALF = re.compile("[\ud800-\udfff]")


class Net(VisibleGroup):
    """The group of all commands: nothing that one of them raises leaves it as a traceback."""

    details: Path | None = None

    def main(self, args: Sequence[str] | None = None, *rest: Any, **options: Any) -> Any:
        """Run a command line; an unforeseen error ends with exit code 4."""
        words = list(sys.argv[1:] if args is None else args)
        _steady_streams()
        self.details = Path(os.environ[DETAILS_VARIABLE]) if os.environ.get(DETAILS_VARIABLE) else None
        try:
            _require_unicode(words)
            answer = super().main(words if args is not None else None, *rest, **options)
        except BrokenPipeError:  # who read our output wants no more of it, such as `head`
            _drop_output()
            raise SystemExit(BROKEN_PIPE) from None
        except KeyboardInterrupt:
            _tell(say("stopped", _language(words)))
            raise SystemExit(INTERRUPTED) from None
        except Exception as error:
            if isinstance(error, OSError) and error.errno in FULL:
                full = OutputError("output_failed", path=error.filename or "stdout", why=error.strerror)
                _tell(full.text(_language(words).value))
                raise SystemExit(UNREADABLE) from None
            self._report(error, words)
            raise SystemExit(INTERNAL) from None
        return answer

    def invoke(self, ctx: Any) -> Any:
        """Invoke a command; keep from typer what it would end in a way of its own."""
        self.details = ctx.params.get("details") or self.details
        try:
            answer = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _drop_output()
            raise typer.Exit(BROKEN_PIPE) from None
        except KeyboardInterrupt:
            _tell(say("stopped", _language(ctx.args)))
            raise typer.Exit(INTERRUPTED) from None
        return answer

    def _report(self, error: Exception, words: Sequence[str]) -> None:
        """Say what happened in one message, and write the details where they were asked for."""
        lang = _language(words)
        why = masked(" ".join(f"{type(error).__name__}: {error}"[:WHY_AT_MOST].split()))
        key = "internal_memory" if isinstance(error, MemoryError) else "internal"
        _tell(f"[bold red]{say('error', lang)}[/] {escape(say(key, lang, why=why))}", markup=True)
        if self.details is None:
            _tell(say("details_how", lang, variable=DETAILS_VARIABLE))
            return
        try:
            place = _write_details(self.details, error, words)
        except (OSError, ValueError) as failure:
            _tell(say("details_failed", lang, path=self.details, why=str(failure)))
        else:
            _tell(say("details_written", lang, path=place))


def _tell(message: str, *, markup: bool = False) -> None:
    # Standard error may be closed or full too: the exit code says it all the same.
    with contextlib.suppress(OSError):
        err.print(message, markup=markup)


def _language(words: Sequence[str]) -> Language:
    """Return the language that a command line asks for, also where it can't be parsed."""
    given = [word.partition("=")[2] or (list(words)[place + 1:place + 2] or [""])[0]
             for place, word in enumerate(words) if word.partition("=")[0] == "--lang"]  # fmt: skip
    return Language.EN if given[-1:] == ["en"] else Language.ZH


def _steady_streams() -> None:
    r"""Let every text be printed, on a terminal or pipe of any encoding: what it lacks is written as ``\u7528``."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            with contextlib.suppress(OSError):  # a stream whose file was changed under it
                stream.reconfigure(errors="backslashreplace")


def _require_unicode(words: Sequence[str]) -> None:
    """Refuse arguments and a folder whose bytes are no UTF-8: no format here can name such a file."""
    for what in (*words, str(Path.cwd())):
        if HALF.search(what):
            _tell(say("argument_bytes", _language(words), found=ascii(what)))
            raise SystemExit(USAGE)


def _drop_output() -> None:
    """Let what is still to be printed go nowhere, so that Python has nothing to complain of when it ends."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _write_details(path: Path, error: Exception, words: Sequence[str]) -> Path:
    """Write the traceback, the versions and the command without secrets; a file that is there is left alone."""
    from gis.provenance import library_versions

    try:
        versions = library_versions()
    except Exception as failure:
        versions = {"versions": f"{type(failure).__name__}: {failure}"}
    lines = [
        f"made: {dt.datetime.now(dt.UTC).isoformat(timespec='seconds')}",
        f"command: zonegis {' '.join(words)}",
        f"system: {platform.platform()}, Python {platform.python_version()}, {sys.stdout.encoding}",
        *(f"{name}: {version}" for name, version in versions.items()),
        "",
        *traceback.format_exception(error),
    ]
    content = "\n".join(lines).encode("utf-8", "backslashreplace").decode("utf-8")
    number = 0
    while True:
        place = path if not number else path.with_name(f"{path.stem}-{number}{path.suffix}")
        try:
            with place.open("x", encoding="utf-8") as file:
                file.write(masked(content))
        except FileExistsError:
            number += 1
        else:
            return place
