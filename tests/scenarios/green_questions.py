"""Questions on green that several tests ask: Z1 of the brief, and random ones."""

import random
from fractions import Fraction

from gis.scenarios import ParcelChoice, Problem, ZoneTarget

F = Fraction
Z1 = {"A": (50_000, 5, 30, 3), "B": (30_000, 0, 12, 1), "C": (20_000, 10, 35, 2), "D": (40_000, 5, 20, 5)}


def z1(target="0.2", objective="least_cost", budget=None, start=None, **steps):
    parcels = []
    for name, (area, low, high, cost) in Z1.items():
        at = F((start or {}).get(name, 0))
        parcels.append(
            ParcelChoice(name, "Z1", F(area), at, at, F(area * low, 100), F(area * high, 100), F(cost), **steps)
        )
    return Problem((ZoneTarget("Z1", F(140_000), F(target)),), tuple(parcels), objective, budget)


def random_question(rng, *, parcels, objective="least_cost", stepped=False, unit=1, slack=1.0, budget=None):
    """A question whose numbers are whole, in one or two zones; its target lies between floors and ceilings."""
    rows, zones = [], {"z1": [F(0)] * 3, "z2": [F(0)] * 3} if parcels > 3 else {"z1": [F(0)] * 3}
    for i in range(parcels):
        zone = list(zones)[i % len(zones)]
        area = rng.randint(4, 40) * unit
        floor = rng.choice([0, 0, rng.randint(0, area // 3)])
        ceiling = rng.randint(floor, area)
        start = rng.choice([0, rng.randint(0, area), rng.randint(floor, ceiling)])
        locked = floor <= start <= ceiling and rng.random() < 0.15
        fixed, patch = (rng.choice([0, rng.randint(1, 30)]), rng.choice([0, rng.randint(1, 4)])) if stepped else (0, 0)
        row = ParcelChoice(f"p{i:05d}", zone, F(area), F(start), F(start), F(floor), F(ceiling), F(rng.randint(0, 9)),
                           F(fixed), F(patch * unit), locked)  # fmt: skip
        if not row.spans():
            continue
        rows.append(row)
        zones[zone][0] += area
        zones[zone][1] += row.spans()[0][0]
        zones[zone][2] += row.spans()[-1][1]
    targets = []
    for zone, (land, least, most) in zones.items():
        needed = min(most, max(F(0), least + F(round(float(most - least) * rng.random() * slack))))
        targets.append(ZoneTarget(zone, land or F(1), needed / (land or F(1))))
    return Problem(tuple(targets), tuple(rows), objective, budget)


def amounts(parcel):
    """Every whole amount of green that a parcel may have, told anew from its fields."""
    if parcel.locked:
        return [parcel.green_m2]
    every = range(int(parcel.floor_m2), int(parcel.ceiling_m2) + 1)
    return [F(g) for g in every if g <= parcel.start_m2 or g - parcel.start_m2 >= parcel.patch_m2]


def fixed_charges(parcels):
    """Return a question in which each parcel that changes costs something once."""
    rng, rows = random.Random(9), []
    for i in range(parcels):
        area = F(rng.randint(400_000, 40_000_000), 100)
        start, ceiling = F(int(area * rng.randint(0, 12)), 100), F(int(area * 25), 100)
        rows.append(ParcelChoice(f"p{i:05d}", "z", area, start, start, F(0), ceiling, F(rng.randint(20, 400)),
                                 F(rng.randint(5_000, 80_000)), F(200)))  # fmt: skip
    return Problem((ZoneTarget("z", sum((p.area_m2 for p in rows), F(0)), F("0.2")),), tuple(rows))
