"""Print the lowest declared version of every dependency of setup.cfg: ``>=X`` becomes ``==X``."""

import configparser
import sys
from pathlib import Path


def lowest(text: str) -> list[str]:
    """Return the requirements of a setup.cfg, each pinned to its lower bound.

    >>> lowest("[options]\\ninstall_requires =\\n    numpy >=1.26\\n    x[y] ==2\\n")
    ['numpy==1.26', 'x[y]==2']
    """
    declared = configparser.ConfigParser()
    declared.read_string(text)
    lines = [line.strip() for line in declared["options"]["install_requires"].splitlines() if line.strip()]
    loose = [line for line in lines if ">=" not in line and "==" not in line]
    if loose:
        raise SystemExit(f"setup.cfg: without a lower bound: {', '.join(loose)}")
    return [line.replace(" ", "").replace(">=", "==") for line in lines]


if __name__ == "__main__":
    sys.stdout.write("\n".join(lowest((Path(__file__).parents[1] / "setup.cfg").read_text("utf-8"))) + "\n")
