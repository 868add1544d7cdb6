"""Recorded speech for the benches: python3 scripts/lib/speech.py FOLDER

Leaves in FOLDER mono WAV files of 16 bits at 16 kHz, named SPEAKER-NUMBER.wav, each of 16 s and at the level that
ITU-T tests have (-26 dBov while somebody speaks), and SOURCES.txt, which says whose they are. They are the prompts of
Asterisk as Debian packages them, in G.722, which PyAV decodes in a Python environment of its own. Does nothing where
they are there already.
"""

import array
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import wave

# Speaker, with language and sex: the package of the prompts, its folder of them, and whose they are.
SPEAKERS = {
    "allison-en-f": ("asterisk-core-sounds-en-g722", "en_US_f_Allison", "Allison Smith, CC-BY-SA-3.0"),
    "carlo-it-m": ("asterisk-core-sounds-it-g722", "it_IT_m_Carlo", "Carlo Flora, CC-BY-SA-3.0"),
    "ivrvoice-ru-f": ("asterisk-core-sounds-ru-g722", "ru_RU_f_IvrvoiceRU", "Maxim Topal, ivrvoice.ru, CC-BY-3.0"),
    "june-fr-f": ("asterisk-core-sounds-fr-g722", "fr_CA_f_June", "June Wallack, CC-BY-SA-3.0"),
}
RATE = 16000
FILES = 2
LENGTH = 16 * RATE
FRAME = RATE // 50
# What is quieter than the loudest frame by so much is a pause.
SPEAKS = 10 ** (-40 / 10)
PAUSE = RATE * 3 // 20
LEVEL = 32768 * 10 ** (-26 / 20)


def main():
    folder = pathlib.Path(sys.argv[1])
    if len(list(folder.glob("*.wav"))) == FILES * len(SPEAKERS):
        return
    if not in_environment(folder):
        return
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        packages = fetch(pathlib.Path(scratch))
        for speaker, (_, prompts, _) in SPEAKERS.items():
            write(folder, speaker, packages / prompts)
    lines = [f"{speaker}: {package}, {whose}\n" for speaker, (package, _, whose) in SPEAKERS.items()]
    (folder / "SOURCES.txt").write_text("".join(lines))


def in_environment(folder):
    """Runs this script again by a Python that has the decoder; true there."""
    if os.environ.get("MILLIWATT_DECODER"):
        return True
    environment = folder.parent / "decoder"
    python = environment / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    subprocess.run([python, "-m", "pip", "-q", "install", "av==16.0.1"], check=True)
    subprocess.run([python, *sys.argv], check=True, env={**os.environ, "MILLIWATT_DECODER": "here"})
    return False


def fetch(scratch):
    """Unpacks the packages, without installing them; the folder of all prompts."""
    names = sorted({package for package, *_ in SPEAKERS.values()})
    download = ["apt-get", "-o", "APT::Sandbox::User=root", "download", "-qq", *names]
    if subprocess.run(download, cwd=scratch).returncode != 0:
        subprocess.run([*as_root(), "apt-get", "update", "-qq"], check=True)
        subprocess.run(download, cwd=scratch, check=True)
    for package in scratch.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, scratch], check=True)
    return scratch / "usr/share/asterisk/sounds"


def as_root():
    return [] if os.geteuid() == 0 else ["sudo"]


def write(folder, speaker, prompts):
    """Writes the files of a speaker, from the longest prompts on."""
    files = sorted(prompts.glob("*.g722"), key=lambda file: (-file.stat().st_size, file.name))
    sound = array.array("h")
    while len(sound) < FILES * LENGTH:
        sound += spoken(decoded(files.pop(0))) + array.array("h", bytes(2 * PAUSE))
    sound = levelled(sound[: FILES * LENGTH])
    for number in range(FILES):
        with wave.open(str(folder / f"{speaker}-{number + 1}.wav"), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes(sound[number * LENGTH : (number + 1) * LENGTH].tobytes())


def decoded(file):
    import av

    sound = array.array("h")
    with av.open(str(file), format="g722") as container:
        for frame in container.decode(audio=0):
            sound.frombytes(bytes(frame.planes[0])[: 2 * frame.samples])
    return sound


def powers(sound):
    """The mean power of each frame of 20 ms."""
    frames = (sound[at : at + FRAME] for at in range(0, len(sound) - FRAME + 1, FRAME))
    return [sum(sample * sample for sample in frame) / FRAME for frame in frames]


def spoken(sound):
    """A prompt without the pauses at its ends."""
    power = powers(sound)
    speech = [n for n, one in enumerate(power) if one > max(power) * SPEAKS]
    return sound[speech[0] * FRAME : (speech[-1] + 1) * FRAME]


def levelled(sound):
    power = powers(sound)
    speech = [one for one in power if one > max(power) * SPEAKS]
    factor = LEVEL / math.sqrt(sum(speech) / len(speech))
    return array.array("h", (max(-32768, min(32767, round(sample * factor))) for sample in sound))


if __name__ == "__main__":
    main()
