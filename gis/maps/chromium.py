"""Pages on paper: a headless Chromium prints the page of a map, at A3 landscape, without a network."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

from gis.errors import OutputError
from gis.writing import atomic_file

__all__ = ["find_chromium", "print_page"]

#: Names that the browser goes by on common systems.
NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
#: What the printed area of the sheet holds at 96 pixels an inch, and pixels of the picture for each of them.
PAPER: Final = (1527, 1062)
PICTURE_RATIO: Final = 2
#: Time that the page is given to unpack and draw, in its own clock; and the browser's in all, on the wall.
READY_MS, TIMEOUT_S = 60_000, 300
Format = Literal["png", "pdf"]


def find_chromium() -> Path | None:
    """Return the path of a Chromium, Chrome or Edge, or None."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return None if found is None else Path(found)


def print_page(page: Path, target: Path, *, kind: Format, browser: Path, view: str = "", lang: str = "zh") -> None:
    """Print a map page as a picture or a PDF of one A3 sheet.

    Parameters
    ----------
    page
        A page that `gis.draw_map` saved.
    target
        The file to write; a former one stays as it was if anything fails.
    kind
        ``png`` (3054 × 2124 pixels) or ``pdf``.
    browser
        From `find_chromium`.
    view
        The theme; by default the page's first.
    lang
        ``zh`` or ``en``.

    Raises
    ------
    OutputError
        If the browser fails, takes too long, or writes nothing.
    """
    address = f"{page.resolve().as_uri()}#paper=1&lang={lang}" + (f"&view={quote(view)}" if view else "")
    with tempfile.TemporaryDirectory() as profile, atomic_file(target) as temporary:
        made = temporary.with_name(f"{temporary.name}.{kind}")
        options = (
            [f"--screenshot={made}", f"--force-device-scale-factor={PICTURE_RATIO}"]
            if kind == "png"
            else [f"--print-to-pdf={made}", "--no-pdf-header-footer"]
        )
        command = [
            str(browser), "--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--host-rules=MAP * ~NOTFOUND",
            *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []), f"--user-data-dir={profile}",
            f"--window-size={PAPER[0]},{PAPER[1]}", f"--virtual-time-budget={READY_MS}", *options, address,
        ]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired) as error:
            made.unlink(missing_ok=True)
            raise OutputError("map_print_failed", path=target, reason=str(error)) from None
        if done.returncode or not made.exists():
            said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            raise OutputError("map_print_failed", path=target, reason=said[-1])
        made.replace(temporary)
