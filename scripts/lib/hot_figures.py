"""Holds what the criterion benches measured to its limits, and prints it as one table.

usage: hot_figures.py CRITERION-FOLDER

An INVITE of 1260 octets is read in 3 us at most; 64 KiB of anything in 1 ms at most; and what is
twice as long takes at most two and a half times as long, taken over two doublings: one alone shows
the noise of the machine.

The parsers are measured one after the other. What else runs on the machine, or a clock that is held
down for a while, hits one of them and not the next, and only ever adds time: on a machine with
three times as much to do as it has cores the lower quartile of two runs differed by a third, the
fastest sample by a hundredth. So the fastest of the samples, each the mean of its iterations (of
the INVITE dozens at least), is what is judged, by one rule for all that is measured. The lower quartile and
the median of the INVITE stand beside it: where they are far above it, the machine was not quiet.
"""

import json
import math
import pathlib
import statistics
import sys

ROOT = pathlib.Path(sys.argv[1])
PARSERS = ("milliwatt", "rsip", "sipx-sip")
INVITE_US = 3.0
LARGEST_US = 1000.0
DOUBLING = 2.5
# Below that many us the clock and the fixed cost of a message weigh more than its length.
NOISE_US = 2.0


def samples_us(folder):
    """Fastest sample, lower quartile and median, each sample the mean of its iterations."""
    with open(folder / "new" / "sample.json") as file:
        sample = json.load(file)
    took = [time / iterations / 1000 for time, iterations in zip(sample["times"], sample["iters"])]
    quartile, median, _ = statistics.quantiles(took, n=4, method="inclusive")
    return min(took), quartile, median


missed = []
print("INVITE of 1260 octets, us: fastest, lower quartile, median; each as a multiple of ours")
invite = {parser: samples_us(ROOT / "invite-1260" / parser) for parser in PARSERS}
ours = invite["milliwatt"]
for parser, took in invite.items():
    ratios = [theirs / our for theirs, our in zip(took, ours)]
    columns = "".join(f"{t:8.2f}" for t in took) + "".join(f"   x{r:.2f}" for r in ratios)
    print(f"  {parser:<12}{columns}")
if ours[0] > INVITE_US:
    missed.append(f"an INVITE took {ours[0]:.2f} us")

print("growth: fastest us at 1, 2, 4 ... 64 KiB, and the steepest doubling")
for group in sorted(ROOT.glob("growth_*")):
    sizes = sorted(int(found.name) for found in group.iterdir() if found.name.isdigit())
    took = [samples_us(group / str(size))[0] for size in sizes]
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
