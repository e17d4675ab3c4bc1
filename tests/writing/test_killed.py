"""Killed at any moment while it writes: the former output whole or the new one, and nothing left after the next start."""

import os
import random
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from gis.errors import PlaceError
from gis.writing import atomic_folder, reserved

# A run that is killed at each of its calls of the system, in turn: a child is forked, and ends itself at the n-th.
KILLED_AT_EVERY_CALL = textwrap.dedent(
    """
    import itertools, os, shutil, signal, sys
    from pathlib import Path
    from gis.writing import atomic_file, atomic_folder, merged_folder, reserved

    kind, folder = sys.argv[1], Path(sys.argv[2])
    place = folder / ("results.txt" if kind == "file" else "results")

    def write(word):
        if kind == "file":
            with atomic_file(place) as temporary:
                temporary.write_text(word)
            return
        way = atomic_folder if kind == "folder" else merged_folder
        with way(place, kind="run") as made:
            (made / "sub").mkdir()
            for name in ("a.txt", "sub/b.txt", f"only {word}.txt"):
                (made / name).write_text(word * 1000)

    def state(root):
        return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}

    def known(root):
        found = state(root)
        if kind == "merged":  # file by file, each whole; the manifest is judged by the next start
            found = {name: content for name, content in found.items() if "manifest" not in name and "only" not in name}
            return all(content in (b"former" * 1000, b"new" * 1000) for content in found.values()) and len(found) == 2
        return found in (former, new)

    states = {}
    for word in ("former", "new"):
        from gis.writing import permitted
        with permitted(overwrite=True):
            write(word)
        states[word] = state(folder)
    former, new = states["former"], states["new"]
    kills = {"former": 0, "new": 0}
    for moment in itertools.count(1):
        for left in folder.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        write("former")
        child = os.fork()
        if not child:
            calls = iter(range(moment))
            def at(event, _):
                if event != "os.kill" and event.split(".")[0] in {"os", "open", "shutil", "fcntl"} and next(calls, None) is None:
                    os.kill(os.getpid(), signal.SIGKILL)
            sys.addaudithook(at)
            from gis.writing import permitted
            with permitted(overwrite=True):
                write("new")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        with reserved(place, is_folder=kind != "file"):  # the next start
            pass
        assert known(folder), (moment, list(state(folder)))
        from gis.writing import permitted
        if not os.WIFSIGNALED(status):
            break
        kills["former" if state(folder) == former else "new"] += 1
        with permitted(overwrite=True):
            write("new")  # and it goes on as if nothing had been
        assert state(folder) == new or kind == "merged", moment
    assert status == 0 and state(folder) == new or kind == "merged"
    print(moment - 1, kills["former"], kills["new"])
    """
)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("kind", ["file", "folder", "merged"])
def test_killed_at_every_call_of_the_system(kind, tmp_path):
    words = [sys.executable, "-W", "ignore", "-c", KILLED_AT_EVERY_CALL, kind, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    moments, former, new = map(int, done.stdout.split())
    assert moments >= 15 and former > 5 and new > 0, done.stdout


#: Real runs that are killed; 200 are done by hand (ZONEGIS_RUN_KILLS=200), for their time.
KILLS = int(os.environ.get("ZONEGIS_RUN_KILLS", "3"))


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_a_run_killed_at_random_moments(tmp_path):
    import datetime as dt

    from gis.workflow import write_sample_run

    zone = tmp_path / "zone"
    run_file = write_sample_run(zone, parcels=40, seed=1, as_of=dt.date(2026, 3, 31))
    words = [sys.executable, "-m", "gis.cli", "run", str(run_file)]
    started = time.monotonic()
    assert subprocess.run(words, capture_output=True, check=False).returncode == 0
    whole = time.monotonic() - started
    former = {path.name: path.read_bytes() for path in (zone / "results").iterdir() if path.name != "manifest.json"}
    names, chance = sorted(path.name for path in zone.iterdir()), random.Random(1)
    for _ in range(KILLS):
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.3, 1.0) * whole)
        process.kill()
        process.wait()
        with reserved(zone / "results", is_folder=True):
            assert sorted(path.name for path in zone.iterdir() if "lock" not in path.name) == names
        found = {path.name: path.read_bytes() for path in (zone / "results").iterdir() if path.name != "manifest.json"}
        assert found == former, "the same run gives the same bytes, be it the former or the new one"
    assert sorted(path.name for path in zone.iterdir()) == names


HOLDS = "import sys, time\nfrom gis.writing import reserved\nwith reserved(sys.argv[1], is_folder=True):\n print('held')"


def test_two_that_write_to_one_place_are_kept_apart(tmp_path):
    words = [sys.executable, "-c", f"{HOLDS}\n sys.stdout.flush(); sys.stdin.read()", str(tmp_path / "results")]
    other = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout.readline() == "held\n"
    with (
        pytest.raises(PlaceError, match=f"another process: {other.pid} ") as caught,
        atomic_folder(tmp_path / "results", kind="run"),
    ):
        raise AssertionError("never entered")
    assert "正由另一进程写入" in caught.value.text("zh")
    other.kill()
    other.communicate()
    with atomic_folder(tmp_path / "results", kind="run") as folder:
        (folder / "a.txt").write_text("a")
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


def test_asked_to_end_it_ends_in_order(tmp_path):
    words = [sys.executable, "-m", "gis.cli", "sample", str(tmp_path / "zone"), "--parcels", "200000"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while not list(tmp_path.glob(".zone.writing-*/*")):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 128 + signal.SIGTERM
    assert "Ended by signal 15" in said and "Traceback" not in said
    assert list(tmp_path.iterdir()) == []
