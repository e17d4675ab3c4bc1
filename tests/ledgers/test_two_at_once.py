"""Two processes want the last units, a thousand times; and processes that are killed while they book."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gis.errors import QuotaError
from gis.ledgers import open_ledger, quota_kind, verify_ledger
from gis.ledgers.posting import Told

KIND = "energy_equal_value"
TRIALS = 1_000
#: Runs that are killed on each database; 500 on each are run by hand (ZONEGIS_KILLS=500), for their time.
KILLS = int(os.environ.get("ZONEGIS_KILLS", "30"))


def _wants(address, name, barrier, results):
    outcomes = []
    with open_ledger(address) as ledger:
        for trial in range(TRIALS):
            barrier.wait(timeout=120)
            try:
                ledger.reserve(KIND, 2026, "40000", holder=f"zone:{trial}", project=name, as_of="2026-02-01",
                               expires="2026-08-01")  # fmt: skip
                outcomes.append("won")
            except QuotaError as error:
                outcomes.append(error.key)
    results.put((name, outcomes))


@pytest.mark.slow
def test_of_two_that_want_the_last_40000_exactly_one_wins(ledger, address):
    kind = quota_kind(KIND)

    def stock(posting):
        for trial in range(TRIALS):
            posting.issue(kind, 2026, kind.units("40000"), account=f"zone:{trial}", action="issue", told=Told("2026-01-01"))

    ledger.post_all(stock)
    ledger.close()
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(2), context.Queue()
    both = [context.Process(target=_wants, args=(address, name, barrier, results)) for name in ("P1", "P2")]
    for process in both:
        process.start()
    outcomes = dict(results.get(timeout=300) for _ in both)
    for process in both:
        process.join(timeout=60)
    pairs = {tuple(sorted(pair)) for pair in zip(outcomes["P1"], outcomes["P2"], strict=True)}
    assert pairs == {("quota_short", "won")}
    assert len(outcomes["P1"]) == TRIALS
    with open_ledger(address) as again:
        assert verify_ledger(again).is_whole
        assert len(again.reservations()) == TRIALS


#: Books one reservation after another; what it has an answer for, it writes to a file before the next.
VICTIM = """
import os, sys
from gis.ledgers import open_ledger
address, answers, run = sys.argv[1:4]
told = os.open(answers, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
with open_ledger(address) as ledger:
    number = 0
    while True:
        number += 1
        booked = ledger.reserve("energy_equal_value", 2026, "0.001", holder="district:310115", project=f"K{run}-{number}",
                                as_of="2026-02-01", expires="2026-08-01")
        os.write(told, f"{booked.reservation_id} {booked.project}\\n".encode())
        if number % 3 == 0:
            ledger.post(booked.reservation_id, "0.001", as_of="2026-02-01")
            os.write(told, f"{booked.reservation_id} posted\\n".encode())
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is of POSIX systems")
def test_a_killed_process_leaves_a_whole_ledger_and_every_acknowledged_entry(ledger, address, tmp_path):
    ledger.issue(KIND, 2026, "100000", account="district:310115", as_of="2026-01-01")
    ledger.close()
    draws, answers = random.Random(1), tmp_path / "answers.txt"
    script = tmp_path / "victim.py"
    script.write_text(VICTIM)
    for run in range(KILLS):
        size = answers.stat().st_size if answers.exists() else 0
        victim = subprocess.Popen([sys.executable, str(script), address, str(answers), str(run)], cwd=Path.cwd())
        # Imports take longer than booking: the moment of the kill is drawn from the first answer on.
        end = time.monotonic() + 60
        while not (answers.exists() and answers.stat().st_size > size):
            assert victim.poll() is None and time.monotonic() < end
            time.sleep(0.002)
        time.sleep(draws.uniform(0, 0.05))
        victim.send_signal(signal.SIGKILL)
        assert victim.wait() == -signal.SIGKILL
        with open_ledger(address) as again:
            found = verify_ledger(again)
        assert found.is_whole, (run, found.faults)
    with open_ledger(address) as again:
        entries = again.statement()
    booked = set(entries.loc[entries["action"] == "reserve", "reference"] + " " + entries["project"])
    posted = set(entries.loc[entries["action"] == "post", "reference"] + " posted")
    # The last line of a killed process may lack its end.
    lines = [line for line in answers.read_text().split("\n")[:-1] if line]
    assert len(lines) > KILLS
    assert set(lines) <= booked | posted
