"""Cases handed to worker processes, hangs and crashes seen, outcomes counted."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import queue
import selectors
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuzz_laws import FAILURES, Case, Outcome, judge, make_case, target_of
from fuzz_worlds import WORLDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: A case may take so long; on a slow machine, so many times what the undamaged files take.
HANG_SECONDS, TIMES_SOUND = 20.0, 8.0
#: The first answer of a process waits for imports and compiled kernels.
START_SECONDS = 600.0


class Process:
    """One worker, started again after it crashed or was killed."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None
        self.printed = tempfile.TemporaryFile()  # noqa: SIM115 - as long as this lives

    def ask(self, order: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Return the answer to an order, or that there is none."""
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("fuzz_worker.py"))], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=self.printed, text=True, encoding="utf-8",
            )  # fmt: skip
        process = self.process
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            return self._gone("CRASH")
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            if not selector.select(seconds):
                return self._gone("HANG")
        line = process.stdout.readline()
        return json.loads(line) if line else self._gone("CRASH")

    def _gone(self, kind: str) -> dict[str, Any]:
        code = self.end()
        self.printed.seek(max(0, self.printed.seek(0, 2) - 1500))
        return {"kind": kind, "text": f"exit code {code}\n{self.printed.read().decode('utf-8', 'replace')}"}

    def close(self) -> None:
        """End the process for good."""
        self.end()
        self.printed.close()

    def end(self) -> int | None:
        """End the process; the next order starts another."""
        process, self.process = self.process, None
        if process is None:
            return None
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        return process.returncode


@dataclasses.dataclass
class Finding:
    """How one case ended."""

    case: Case
    outcome: Outcome
    answer: dict[str, Any]


class Fuzzer:
    """Worlds made once, and workers that read damaged copies of them."""

    def __init__(self, folder: Path, names: Iterable[str] = (), *, workers: int = 2) -> None:
        self.folder = folder
        self.worlds = {name: WORLDS[name] for name in names or WORLDS}
        self.sound: dict[tuple[str, str], dict[str, Any]] = {}
        self.workers = workers
        for name, world in self.worlds.items():
            (folder / name).mkdir()
            world.make(folder / name)

    def run(self, chosen: list[Case], *, done: Callable[[Finding], None] | None = None) -> list[Finding]:
        """Read every case, on so many workers."""
        orders: queue.Queue[Case] = queue.Queue()
        for case in chosen:
            orders.put(case)
        findings: list[Finding] = []
        faults: list[BaseException] = []

        def work() -> None:
            process = Process()
            try:
                self._work(process, orders, lambda finding: (findings.append(finding), done(finding) if done else None))
            except BaseException as error:
                faults.append(error)
            finally:
                process.close()

        threads = [threading.Thread(target=work) for _ in range(self.workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if faults:
            raise faults[0]
        return sorted(findings, key=lambda finding: finding.case.name)

    def _work(self, process: Process, orders: queue.Queue[Case], done: Callable[[Finding], Any]) -> None:
        known: set[tuple[str, str]] = set()
        slowest = 0.0
        with tempfile.TemporaryDirectory(prefix="zonegis-fuzz-") as place:
            while True:
                try:
                    case = orders.get_nowait()
                except queue.Empty:
                    return
                if process.process is None:
                    known.clear()
                folder, sound = str(Path(place) / "case"), str(self.folder / case.world)
                world = self.worlds[case.world]
                key = (case.world, world.sound_target(target_of(case, world)))
                if key not in known:
                    order = {"world": case.world, "target": key[1], "sound": sound, "folder": folder}
                    answer = process.ask(order, START_SECONDS)
                    if answer["kind"] != "figures":
                        raise RuntimeError(f"the undamaged world {key}: {answer}")
                    self.sound.setdefault(key, answer)
                    known.add(key)
                    slowest = max(slowest, answer["seconds"] if len(known) > 1 else 0.0)
                limit = max(HANG_SECONDS, TIMES_SOUND * slowest)
                answer = process.ask({"case": case.name, "sound": sound, "folder": folder}, limit)
                shutil.rmtree(folder, ignore_errors=True)
                done(Finding(case, judge(case.law, self.sound[key], answer, counted=world.counted), answer))

    def save(self, finding: Finding, folder: Path) -> Path:
        """Keep the damaged files of a case, and what was told of them."""
        case = finding.case
        place = folder / case.name.replace("/", "_").replace(" ", "-")
        shutil.rmtree(place, ignore_errors=True)
        make_case(case, self.worlds[case.world], self.folder / case.world, place)
        told = {"case": case.name, "law": case.law, "outcome": finding.outcome, **finding.answer}
        (place / "FUZZ.json").write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
        return place


def table_of(findings: list[Finding]) -> str:
    """Return the outcomes by format and law as a table of Markdown."""
    shown = [outcome for outcome in Outcome if outcome in FAILURES or any(f.outcome is outcome for f in findings)]
    rows = sorted({(f.case.world, f.case.format, f.case.law.value) for f in findings})
    lines = ["| file | law | " + " | ".join(outcome.value for outcome in shown) + " |", "|---" * (len(shown) + 2) + "|"]
    for row in [*rows, None]:
        own = [f for f in findings if row in {None, (f.case.world, f.case.format, f.case.law.value)}]
        counts = Counter(f.outcome for f in own)
        head = "all | " if row is None else f"{row[0]}{'' if row[0] == row[1] else f' ({row[1]})'} | {row[2]}"
        lines.append(f"| {head} | " + " | ".join(str(counts[outcome]) for outcome in shown) + " |")
    return "\n".join(lines)


def failures_of(findings: list[Finding]) -> list[Finding]:
    """Return the cases that break their law."""
    return [finding for finding in findings if finding.outcome in FAILURES]


def cause_of(finding: Finding) -> str:
    """Return the last line of a failure's text with the last place in the package: failures of one cause share it."""
    lines = [line.strip() for line in finding.answer.get("text", "").strip().split("\n")]
    places = [line for line in lines if line.startswith("File ") and ("/gis/" in line or "\\gis\\" in line)]
    where = places[-1].split("/gis/")[-1].replace('"', "") if places else ""
    return f"{finding.outcome}: {finding.case.format}, {where or finding.case.mutation}: {lines[-1][:100] if lines else ''}"


def elapsed(started: float) -> str:
    """Return minutes and seconds since."""
    return "{:.0f} min {:.0f} s".format(*divmod(time.monotonic() - started, 60))
