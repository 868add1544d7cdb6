"""PESQ of the calls of `scripts/bench ear`: python3 scripts/lib/pesq_figures.py FOLDER

Reads from FOLDER what was said and heard in each call, plain-CALL-said.wav with plain-CALL-heard.wav and the same of
cleaned calls: mono, 16 bits, 8 kHz. Prints the median for each kind, narrow band (ITU-T P.862), by the package `pesq` in
a Python environment of its own. Calls in which the sound was left as it is have a limit; what cleaning changes on
purpose PESQ takes for a fault. The package is C: where it cannot be built that is said, and is no error.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import wave

KINDS = {"plain": "as it is", "cleaned": "cleaned"}
LEAST = 3.5
RATE = 8000
ENVIRONMENT = pathlib.Path.home() / ".cache/milliwatt/pesq"


def main():
    folder = pathlib.Path(sys.argv[1])
    if not any(folder.glob("*-heard.wav")):
        sys.exit("no PESQ: no call was recorded")
    if not os.environ.get("MILLIWATT_PESQ"):
        sys.exit(in_environment())
    scores = {kind: scored(folder, kind) for kind in KINDS}
    for kind, found in scores.items():
        if found:
            wanted = f", wanted at least {LEAST}" if kind == "plain" else ""
            calls = ", ".join(f"{score:.2f}" for score in found)
            print(f"PESQ {KINDS[kind]:<10}{statistics.median(found):6.2f}{wanted} ({calls})")
    if scores["plain"] and statistics.median(scores["plain"]) < LEAST:
        sys.exit("not reached: PESQ as it is")


def in_environment():
    """Runs this script again by a Python that has the package; its exit code."""
    python = ENVIRONMENT / "bin/python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        subprocess.run([python, "-m", "pip", "-q", "install", "numpy", "pesq==0.0.4"], check=True)
    except (OSError, subprocess.CalledProcessError):
        print("milliwatt: PESQ is left out: the package `pesq` cannot be installed here", file=sys.stderr)
        return 0
    return subprocess.run([python, *sys.argv], env={**os.environ, "MILLIWATT_PESQ": "here"}).returncode


def scored(folder, kind):
    """The score of each call of a kind."""
    from pesq import pesq

    heard = sorted(folder.glob(f"{kind}-*-heard.wav"))
    return [pesq(RATE, sound(said_of(file)), sound(file), "nb") for file in heard]


def said_of(heard):
    return heard.with_name(heard.name.replace("-heard", "-said"))


def sound(file):
    import numpy

    with wave.open(str(file)) as wav:
        return numpy.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2")


if __name__ == "__main__":
    main()
