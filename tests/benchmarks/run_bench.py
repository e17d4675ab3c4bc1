"""The overlay benchmark: one run, one table, the same data for all. ``make bench`` calls it."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import bench_report
import bench_text
from overlay_data import CLASS_COLUMNS, OverlayFiles, sample_files
from overlay_peers import CONTESTANTS
from rich.console import Console

__all__ = ["main", "run_job"]

ROOT = Path(__file__).resolve().parents[2]
SIZES = (10_000, 100_000, 1_000_000)
#: Above this many parcels only the kernel runs unless all are asked for: the others would take half an hour.
PEERS_UP_TO = 200_000
LEFT_OUT = "left out above {limit:,} parcels for its time (--all runs it)"


def run_job(job: dict[str, Any], folder: Path, *, timeout_s: float) -> dict[str, Any]:
    """Measure one contestant in its own process and return its row of the report.

    The compiler's cache is an empty folder, so that the first call is one that compiles.
    """
    name = f"{job['layer']}-{job['parcels_count']}-{job['contestant']}"
    job_file = folder / "jobs" / name / "job.json"
    job_file.parent.mkdir(parents=True, exist_ok=True)
    for old in job_file.parent.glob("job*"):
        old.unlink()
    job_file.write_text(json.dumps(job), "utf-8")
    environment = os.environ | {
        "NUMBA_NUM_THREADS": str(job["threads"]),
        "NUMBA_CACHE_DIR": str(job_file.parent / "compiled"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
    }
    for old in (job_file.parent / "compiled").rglob("*.nb?"):
        old.unlink()
    command = [sys.executable, str(Path(__file__).with_name("run_contestant.py")), str(job_file)]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        return job | {"status": f"not finished in {timeout_s:g} s"}
    measured = job_file.with_suffix(".measured.json")
    if done.returncode or not measured.exists():
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        return job | {"status": f"failed: {said[-1]}"}
    row = job | json.loads(measured.read_text("utf-8"))
    return row | {"status": "measured", "table_file": str(job_file.with_suffix(".parquet"))}


def jobs_of(chosen: argparse.Namespace, files: OverlayFiles, *, layer: str, size: int) -> list[dict[str, Any]]:
    """List what is to be measured for a layer and size."""
    import pyarrow.parquet as pq

    facts = {
        "layer": layer,
        "parcels_count": size,
        "features_count": pq.read_metadata(files.layer).num_rows,
        "parcels_file": str(files.parcels),
        "layer_file": str(files.layer),
        "class_column": files.class_column,
        "repeats": chosen.repeats,
    }
    return [
        facts | {
            "contestant": name,
            "label": CONTESTANTS[name].label,
            "by_pair": CONTESTANTS[name].by_pair,
            "threads": chosen.threads if CONTESTANTS[name].uses_threads else 1,
        }
        for name in chosen.contestants
    ]  # fmt: skip


def run_all(chosen: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    """Measure every contestant at every size, the small sizes first."""
    rows = []
    for size in sorted(chosen.sizes):
        for layer in chosen.layers:
            files = sample_files(chosen.folder / "data", parcels=size, layer=layer, seed=chosen.seed)
            for job in jobs_of(chosen, files, layer=layer, size=size):
                if size > PEERS_UP_TO and not chosen.all and not CONTESTANTS[job["contestant"]].is_ours:
                    rows.append(job | {"status": LEFT_OUT.format(limit=PEERS_UP_TO)})
                    continue
                row = run_job(job, chosen.folder, timeout_s=chosen.timeout)
                rows.append(row)
                took = f"{row['seconds']:.3f} s" if "seconds" in row else row["status"]
                console.print(
                    f"{size:>9,} × {job['features_count']:>9,} {layer:<12} {job['label']:<24} {took}", soft_wrap=True
                )
    return rows


def arguments(words: list[str] | None) -> argparse.Namespace:
    """Read the command line."""

    def listed(text: str) -> list[str]:
        return [word.strip() for word in text.split(",") if word.strip()]

    def known(names: Any) -> Any:
        def check(text: str) -> list[str]:
            unknown = sorted(set(listed(text)) - set(names))
            if unknown or not listed(text):
                raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; known: {', '.join(names)}")
            return [name for name in names if name in listed(text)]

        return check

    def sizes(text: str) -> list[int]:
        return [int(word) for word in listed(text)]

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=sizes, default=list(SIZES), help="parcels, such as 10000,100000")
    parser.add_argument("--layers", type=known(CLASS_COLUMNS), default=list(CLASS_COLUMNS))
    parser.add_argument("--contestants", type=known(CONTESTANTS), default=list(CONTESTANTS))
    parser.add_argument("--all", action="store_true", help=f"run the peers above {PEERS_UP_TO:,} parcels too")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3, help="the best run counts")
    parser.add_argument("--timeout", type=float, default=900.0, help="seconds for one contestant at one size")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=ROOT / "outputs" / "bench")
    parser.add_argument("--readme", type=Path, help="put the ratios between the marks in this file")
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Run the benchmark; return 1 if a contestant failed or did not agree with the kernel."""
    chosen = arguments(words)
    # A file has no width; 80 columns would break the table.
    console = Console(width=None if sys.stdout.isatty() else 120)
    rows = bench_report.compared(run_all(chosen, console))
    report = bench_report.build_report(rows, threads=chosen.threads, repeats=chosen.repeats, seed=chosen.seed)
    bench_text.write_report(report, chosen.folder)
    if chosen.readme:
        bench_text.update_readme(chosen.readme, report)
    bench_text.print_report(report, console)
    wrong = [row for row in rows if row["status"].startswith("failed") or row.get("agrees") is False]
    for row in wrong:
        console.print(f"{row['label']}, {row['layer']}, {row['parcels_count']:,}: {row['status']}, not in agreement")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
