// Takes the pictures of the README from the real window: `node tests/desktop/pictures.mjs FOLDER`. What they show has
// happened: a carrier on this computer, calls through it, and sound of a virtual room.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Carrier } from './carrier.mjs';
import { until } from './machine.mjs';
import { lookAt, png } from './png.mjs';
import { speak, startSound } from './sound-server.mjs';
import { goTo, onDesktop } from './steps.mjs';

const MOST_BYTES = 120_000;
const folder = process.argv[2];
/** What was seen, by name. */
const taken = new Map();
const NUMBER = /^Number, name or address/;

async function take(window, name) {
  // What moves into its place has come to rest.
  await window.wait('setTimeout(arguments[0], 1000)');
  const place = await window.run('return { left: screenX, top: screenY, width: innerWidth, height: innerHeight }');
  taken.set(name, lookAt(window.machine, place));
}

/** Puts away what tells of the call that ended last. */
const dismiss = (window) => window.click('button', /^Dismiss$/);

/** Calls that came to something else: one that was missed, one to a number that is busy. */
async function past(window, carrier) {
  const caller = await carrier.call('+15550101');
  await window.find('article', /^Incoming call$/);
  caller.hangUp();
  await caller.over();
  await window.type('textbox', NUMBER, '9005\uE007');
  await window.shows(/SIP 486/);
  await dismiss(window);
}

/** A call with music, long enough for its graphs. */
async function call(window) {
  await window.type('textbox', NUMBER, '9002\uE007');
  await window.find('button', /^Hold$/);
  await window.click('button', /^Show graphs$/);
  await window.shows(/\b0:4\d\b/);
  await take(window, 'call');
  await window.click('button', /^Hang up$/);
  await window.shows(/You hung up/);
  await dismiss(window);
}

async function incoming(window, carrier) {
  const caller = await carrier.call('+15550101');
  await window.find('article', /^Incoming call$/);
  await take(window, 'incoming');
  await window.click('button', /^Decline$/);
  await caller.over();
  await dismiss(window);
}

async function history(window) {
  await goTo(window, 'history');
  await window.click('button', /^9002/);
  await until('the graphs are drawn', () => window.run("return document.querySelectorAll('.u-wrap canvas').length >= 4"));
  await take(window, 'history');
}

async function trace(window) {
  await goTo(window, 'trace');
  await window.click('button', /INVITE sip:/);
  await take(window, 'trace');
}

async function check(window) {
  await goTo(window, 'check');
  await window.click('button', /^Start$/);
  await window.shows(/of \d+ points/);
  await take(window, 'check');
}

async function settings(window) {
  await goTo(window, 'settings');
  await window.find('select', /^Ring on$/);
  await take(window, 'settings');
}

let carrier;
await onDesktop(
  'C.UTF-8',
  async (window, machine) => {
    speak(machine);
    await window.shows(/office\s+Registered/);
    await past(window, carrier);
    await incoming(window, carrier);
    await call(window);
    for (const screen of [history, trace, check, settings]) await screen(window);
  },
  [],
  async (machine) => {
    await startSound(machine);
    carrier = await Carrier.start(machine, '--fault', 'caller-id=+442079460123');
    carrier.line('office', 'alice', 'tls', '+15550101');
  },
);

mkdirSync(folder, { recursive: true });
for (const [name, picture] of taken) {
  const file = png(picture);
  if (file.length > MOST_BYTES) throw new Error(`${name}: ${file.length} bytes are too many`);
  writeFileSync(join(folder, `${name}.png`), file);
  console.log(`${String(file.length).padStart(7)}  ${name}.png`);
}
