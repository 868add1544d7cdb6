// A PulseAudio daemon of a desktop's own, with a virtual room: what is said goes to the microphone, and
// so does, half as loud, what the speaker plays.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './machine.mjs';

export const NEEDED = ['pulseaudio', 'pactl', 'pacat', 'parec'];
const RATE = 48_000;
/** What is spoken swells and fades so many times a second. */
export const RHYTHM = 1.5;

/** The microphone. */
const MOUTH = ['module-remap-source', 'source_name=mouth', 'master=room.monitor', 'source_properties=device.description=Mouth'];
const ROOM = `
load-module module-null-sink sink_name=ear rate=${RATE} channels=1 sink_properties=device.description=Ear
load-module module-null-sink sink_name=bell rate=${RATE} channels=1 sink_properties=device.description=Bell
load-module module-null-sink sink_name=room rate=${RATE} channels=1 sink_properties=device.description=Room
load-module module-loopback source=ear.monitor sink=room latency_msec=30 rate=${RATE} channels=1 sink_dont_move=true source_dont_move=true
load-module ${MOUTH.join(' ')}
set-default-sink ear
set-default-source mouth
`;

/** Starts it on a machine, whose programs look for it there; its process. */
export async function startSound(machine) {
  const socket = machine.env.PULSE_SERVER.slice('unix:'.length);
  // One that was killed has left it.
  rmSync(socket, { force: true });
  const script = join(machine.home, 'sound.pa');
  writeFileSync(script, `load-module module-native-protocol-unix socket=${socket} auth-anonymous=1\n${ROOM}`);
  const server = machine.spawn('pulseaudio', ['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--disable-shm=yes', '-F', script]);
  await until('the sound server answers', () => ask(machine, 'list', 'short', 'sources').includes('mouth'));
  return server;
}

/** Takes the microphone away, the only one. */
export const unplug = (machine) => ask(machine, 'unload-module', MOUTH[0]);

/** Plugs it in again. */
export const plug = (machine) => ask(machine, 'load-module', ...MOUTH);

/** Asks the sound server of a machine; its answer. */
export function ask(machine, ...words) {
  const { status, stdout, stderr } = spawnSync('pactl', words, { env: machine.env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`pactl ${words.join(' ')}: ${stderr}`);
  return stdout;
}

/** Says something in the room, two minutes long: noise with the rhythm of speech. */
export function speak(machine) {
  const file = join(machine.home, 'speech.raw');
  const sound = new Int16Array(120 * RATE);
  let chance = 1;
  let low = 0;
  for (let n = 0; n < sound.length; n++) {
    chance = (Math.imul(chance, 1_664_525) + 1_013_904_223) >>> 0;
    low += (chance / 2 ** 31 - 1 - low) * 0.2;
    sound[n] = 12_000 * low * Math.max(0, Math.sin((n / RATE) * 2 * Math.PI * RHYTHM));
  }
  writeFileSync(file, Buffer.from(sound.buffer));
  machine.spawn('pacat', ['--playback', '--raw', '--format=s16le', `--rate=${RATE}`, '--channels=1', '--device=room', file]);
}
