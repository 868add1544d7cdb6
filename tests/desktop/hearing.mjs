// What is heard: a recording of a source of a desktop's sound server, and the tones in it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Samples a second, of all sound here. */
export const RATE = 8000;
/** Tones are looked for in pieces of so many seconds. */
export const PIECE = 0.05;
const SILENCE_DB = -100;

export class Recording {
  static #count = 0;

  /** Begins to record, such as `ear.monitor`, what the speaker plays. */
  constructor(machine, source) {
    this.file = join(machine.home, `heard-${(Recording.#count += 1)}`);
    machine.spawn('parec', ['--raw', '--format=s16le', `--rate=${RATE}`, '--channels=1', '--latency-msec=50', `--device=${source}`, this.file]);
  }

  /** All that was heard so far. */
  samples() {
    const bytes = readFileSync(this.file);
    return new Int16Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 2));
  }
}

/** How loud the loudest of some tones is in each piece, dB below a sine of full scale (Goertzel). */
export function tones(samples, ...hertz) {
  return pieces(samples).map((piece) => Math.max(...hertz.map((hz) => decibel(amplitude(piece, hz)))));
}

/** How loud each piece is, dB below a sine of full scale. */
export function levels(samples) {
  return pieces(samples).map((piece) => decibel(Math.sqrt((2 * piece.reduce((sum, one) => sum + one * one, 0)) / piece.length)));
}

function pieces(samples) {
  const length = RATE * PIECE;
  return Array.from({ length: Math.floor(samples.length / length) }, (_, at) => samples.subarray(at * length, (at + 1) * length));
}

/** Of a sine within a signal. */
export function amplitude(signal, hz, rate = RATE) {
  let [re, im] = [0, 0];
  signal.forEach((one, at) => {
    const angle = (2 * Math.PI * hz * at) / rate;
    re += one * Math.cos(angle);
    im += one * Math.sin(angle);
  });
  return (2 * Math.hypot(re, im)) / signal.length;
}

const decibel = (amplitude) => Math.max(SILENCE_DB, 20 * Math.log10(amplitude / 32_768));

/** Sound and silence in turn, each with its length in seconds; the last one goes on. A gap of less than 0.2 s belongs to
 * the sound around it: a busy computer makes some. */
export function cadence(levels, threshold) {
  const turns = [];
  const add = (on, seconds) => {
    const last = turns.at(-1);
    if (last?.on === on) last.seconds += seconds;
    else turns.push({ on, seconds });
  };
  levels.forEach((level) => add(level > threshold, PIECE));
  const whole = turns.map((turn, at) => ({ ...turn, on: turn.on || (at > 0 && at < turns.length - 1 && turn.seconds < 0.2) }));
  turns.length = 0;
  whole.forEach(({ on, seconds }) => add(on, seconds));
  return turns;
}

/** A sine as a WAV file, 16 bits, one channel. */
export function wave(hertz, seconds) {
  const sound = Int16Array.from({ length: seconds * RATE }, (_, at) => 8000 * Math.sin((2 * Math.PI * hertz * at) / RATE));
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + sound.byteLength, 4);
  head.write('WAVEfmt ', 8);
  [[16, 16], [20, 1 | (1 << 16)], [24, RATE], [28, 2 * RATE], [32, 2 | (16 << 16)]].forEach(([at, value]) => head.writeUInt32LE(value, at));
  head.write('data', 36);
  head.writeUInt32LE(sound.byteLength, 40);
  return Buffer.concat([head, Buffer.from(sound.buffer)]);
}
