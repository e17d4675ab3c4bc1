"""Look for known vulnerabilities of the installed packages, and never pass where nothing could be looked up.

    audit.py PIP_AUDIT SITE_PACKAGES REPORT.json

0 none is known of any package; 1 some are known; 2 the audit could not be made, or not of every package: pip-audit alone
ends with 0 where its service knows none of the packages it was asked for.
"""

import json
import subprocess
import sys
from pathlib import Path


def verdict(report: dict) -> tuple[int, str]:
    """Return exit code and sentence for a report of pip-audit."""
    packages = report.get("dependencies", [])
    skipped = sorted(one["name"] for one in packages if "vulns" not in one)
    faults = sorted(f"{one['name']} {one['version']}: {each['id']}" for one in packages for each in one.get("vulns", []))
    if faults:
        return 1, f"Known vulnerabilities: {'; '.join(faults)}" + (f" ({len(skipped)} not looked up)" if skipped else "")
    if skipped or not packages:
        return 2, (f"THE AUDIT COULD NOT BE MADE: {len(skipped)} of {len(packages)} packages were not looked up "
                   f"({', '.join(skipped[:5])} …). Nothing is known of them either way.")  # fmt: skip
    return 0, f"No vulnerability is known of {len(packages)} packages."


def main(tool: str, site: str, target: str) -> int:
    """Run pip-audit and judge its report."""
    report = Path(target)
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    words = [tool, "--path", site, "--progress-spinner", "off", "--format", "json", "--output", target]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if not report.is_file() or not report.stat().st_size:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        sys.stderr.write(f"THE AUDIT COULD NOT BE MADE: {last}\n")
        return 2
    code, sentence = verdict(json.loads(report.read_text("utf-8")))
    sys.stderr.write(sentence + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
