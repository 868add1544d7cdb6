"""Draws the icons into assets/icons: one period of the test tone, and for the tray what the phone is doing.

usage: icons.py    (needs rsvg-convert; run it after a change here, and commit what it draws)
"""

import pathlib
import struct
import subprocess

FOLDER = pathlib.Path(__file__).parents[2] / "assets/icons"
WAVE = "M14 64 C22 30 36 22 47 42 C56 58 60 70 70 84 C82 101 100 92 114 64"
# State: colour and the mark that tells it without colour.
TRAY = {
    "registered": ("#1f8a5b", '<circle cx="100" cy="100" r="20" fill="#1f8a5b" stroke="#fff" stroke-width="6"/>'),
    "degraded": ("#b36b00", '<path d="M100 70 L126 118 H74 Z" fill="#e08a00" stroke="#fff" stroke-width="6"/>'),
    "offline": ("#6b7280", '<path d="M84 84 L116 116 M116 84 L84 116" stroke="#c62828" stroke-width="14" stroke-linecap="round"/>'),
    "in-call": ("#1257b8", '<path d="M88 76 L122 98 L88 120 Z" fill="#1257b8" stroke="#fff" stroke-width="6"/>'),
    "missed": ("#1f8a5b", '<circle cx="98" cy="98" r="26" fill="#c62828" stroke="#fff" stroke-width="6"/>'
               '<path d="M98 84 V102 M98 110 V113" stroke="#fff" stroke-width="8" stroke-linecap="round"/>'),
}


def svg(colour, mark=""):
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128">'
        f'<rect x="4" y="4" width="120" height="120" rx="28" fill="{colour}"/>'
        f'<path d="{WAVE}" fill="none" stroke="#fff" stroke-width="11" stroke-linecap="round"/>{mark}</svg>'
    )


def png(drawing, size):
    command = ["rsvg-convert", "-w", str(size), "-h", str(size), "-f", "png"]
    return subprocess.run(command, input=drawing.encode(), stdout=subprocess.PIPE, check=True).stdout


def ico(drawing, sizes=(16, 24, 32, 48, 64, 256)):
    pictures = [png(drawing, size) for size in sizes]
    head, at = struct.pack("<HHH", 0, 1, len(sizes)), 6 + 16 * len(sizes)
    for size, picture in zip(sizes, pictures):
        head += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(picture), at)
        at += len(picture)
    return head + b"".join(pictures)


def icns(drawing):
    kinds = {b"ic11": 32, b"ic12": 64, b"ic07": 128, b"ic08": 256, b"ic09": 512}
    parts = b""
    for kind, size in kinds.items():
        picture = png(drawing, size)
        parts += kind + struct.pack(">I", 8 + len(picture)) + picture
    return b"icns" + struct.pack(">I", 8 + len(parts)) + parts


FOLDER.mkdir(parents=True, exist_ok=True)
app = svg("#12345c")
(FOLDER / "icon.svg").write_text(app + "\n")
for side in (32, 128):
    (FOLDER / f"{side}x{side}.png").write_bytes(png(app, side))
(FOLDER / "icon.ico").write_bytes(ico(app))
(FOLDER / "icon.icns").write_bytes(icns(app))
for state, (colour, mark) in TRAY.items():
    (FOLDER / f"tray-{state}.png").write_bytes(png(svg(colour, mark), 32))
