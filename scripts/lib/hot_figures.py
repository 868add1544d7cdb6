"""Holds what the criterion benches measured to its limits, and prints it as one table.

usage: hot_figures.py CRITERION-FOLDER

An INVITE of 1260 octets is read in 3 us at most; 64 KiB of anything in 1 ms at most; and what is
twice as long takes at most two and a half times as long, taken over two doublings: one alone shows
the noise of the machine.
"""

import json
import math
import pathlib
import sys

ROOT = pathlib.Path(sys.argv[1])
INVITE_US = 3.0
LARGEST_US = 1000.0
DOUBLING = 2.5
# Below that many us the clock and the fixed cost of a message weigh more than its length.
NOISE_US = 2.0


def median_us(folder):
    with open(folder / "new" / "estimates.json") as file:
        return json.load(file)["median"]["point_estimate"] / 1000


missed = []
print("INVITE of 1260 octets, us")
for parser in ("milliwatt", "rsip", "sipx-sip"):
    took = median_us(ROOT / "invite-1260" / parser)
    print(f"  {parser:<12}{took:8.2f}")
    if parser == "milliwatt" and took > INVITE_US:
        missed.append(f"an INVITE took {took:.2f} us")

print("growth: us at 1, 2, 4 ... 64 KiB, and the steepest doubling")
for group in sorted(ROOT.glob("growth_*")):
    sizes = sorted(int(found.name) for found in group.iterdir() if found.name.isdigit())
    took = [median_us(group / str(size)) for size in sizes]
    pairs = zip(took, took[2:])
    steps = [math.sqrt(after / before) for before, after in pairs if before > NOISE_US]
    steepest = max(steps, default=1.0)
    name = group.name.removeprefix("growth_")
    print(f"  {name:<18}" + "".join(f"{t:9.1f}" for t in took) + f"   x{steepest:.2f}")
    if took[-1] > LARGEST_US:
        missed.append(f"{name}: {took[-1]:.0f} us for {sizes[-1]} KiB")
    if steepest > DOUBLING:
        missed.append(f"{name}: twice as long took {steepest:.2f} times as long")

if missed:
    sys.exit("not reached: " + "; ".join(missed))
