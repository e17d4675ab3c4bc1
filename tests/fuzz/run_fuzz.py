"""`make fuzz`: thousands of damaged files, a table of how they ended, failures by cause with the input saved.

    python tests/fuzz/run_fuzz.py --count 5000 --seed 0
    python tests/fuzz/run_fuzz.py --case "gpkg/gpkg/page filled/7"
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from fuzz_engine import Finding, Fuzzer, cause_of, elapsed, failures_of, table_of
from fuzz_laws import Case, cases

ROOT = Path(__file__).resolve().parents[2]


def report_of(findings: list[Finding], *, title: str) -> str:
    """Return table and failures, grouped by cause."""
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in failures_of(findings):
        groups[cause_of(finding)].append(finding)
    lines = [f"# {title}", "", table_of(findings), "", f"{len(failures_of(findings))} failures, {len(groups)} causes", ""]
    for cause, own in sorted(groups.items(), key=lambda item: -len(item[1])):
        lines += [f"- {len(own)} × {cause}", *(f"  - `{f.case.name}` ({f.answer.get('target', '')})" for f in own[:3])]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run; 1 where any case breaks its law."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--worlds", nargs="*", default=[])
    parser.add_argument("--case", nargs="*", default=[], help="names of single cases")
    parser.add_argument("--verbose", action="store_true", help="a line a case")
    parser.add_argument("--output", type=Path, default=ROOT / "outputs" / "fuzz")
    given = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="zonegis-worlds-") as folder:
        chosen = [Case.of_name(name) for name in given.case]
        fuzzer = Fuzzer(Path(folder), given.worlds or sorted({case.world for case in chosen}), workers=given.workers)
        chosen = chosen or cases(fuzzer.worlds, given.count, seed=given.seed)
        count = 0

        def done(finding: Finding) -> None:
            nonlocal count
            count += 1
            if given.case or given.verbose or finding in failures_of([finding]):
                text = finding.answer.get("text", "")[-300:]
                seconds = finding.answer.get("seconds", "")
                sys.stderr.write(f"{finding.outcome} {finding.case.name} {seconds}: {text}\n")
            if count % 250 == 0:
                sys.stderr.write(f"{count} of {len(chosen)}, {elapsed(started)}\n")

        findings = fuzzer.run(chosen, done=done)
        given.output.mkdir(parents=True, exist_ok=True)
        for finding in failures_of(findings):
            fuzzer.save(finding, given.output)
    report = report_of(findings, title=f"{len(findings)} damaged files, seed {given.seed}, {elapsed(started)}")
    (given.output / "fuzz.md").write_text(report, "utf-8")
    sys.stdout.write(report)
    return 1 if failures_of(findings) else 0


if __name__ == "__main__":
    sys.exit(main())
