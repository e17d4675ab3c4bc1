"""What libraries remark becomes an issue: standard error holds the program's own lines and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

#: Lines of the program itself: a step, or a message.
OWN = ("…", "错误：", "Error:", "开始", "starting", "done", "完成")


@pytest.fixture
def doubled(zone):
    """Parcels as GeoJSON whose features all carry one id, of which GDAL warns, in another system than the boundary."""
    path = zone.folder / "parcels.geojson"
    zone.table("parcels").to_crs("EPSG:4490").to_file(path, driver="GeoJSON", RFC7946=False)
    content = json.loads(path.read_text("utf-8"))
    for feature in content["features"]:
        feature["id"] = 1
    path.write_text(json.dumps(content), "utf-8")
    zone.use("parcels", path)
    return zone


@pytest.mark.parametrize("command", ["check", "areas"])
def test_standard_error_holds_nothing_but_our_own_lines(doubled, command):
    more = ["--output", str(doubled.folder / "results")] if command == "areas" else []
    words = [sys.executable, "-m", "gis.cli", command, str(doubled.run_file), "--lang", "en", *more]
    done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", check=False)
    foreign = [line for line in done.stderr.splitlines() if line.strip() and not line.strip().startswith(OWN)]
    assert foreign == []
    if command == "check":
        assert "Several features with id = 1" in " ".join(done.stdout.split())
    else:
        manifest = json.loads((doubled.folder / "results" / "manifest.json").read_text("utf-8"))
        assert any("Several features with id = 1" in remark for remark in manifest["remarks"])
