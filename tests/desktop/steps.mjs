// What the walks share: a desktop for each, lines that are there, and the way to a first call.
import { strict as assert } from 'node:assert';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Machine, missing, until } from './machine.mjs';
import { Window } from './window.mjs';

/** Why a walk is skipped, which needs these programs besides a desktop; in CI nothing may be missing. */
export function skipWithout(...programs) {
  const gone = missing(programs);
  return gone.length > 0 && process.env.CI !== 'true' ? `not installed here: ${gone.join(', ')}` : false;
}

export const skip = skipWithout();

/** Walks on a desktop of its own; `prepare` does what must be there before the program starts. */
export async function onDesktop(language, walk, args, prepare = async () => undefined, having = {}) {
  const machine = await Machine.start(language, having);
  try {
    await prepare(machine);
    const window = await Window.open(machine, args);
    await walk(window, machine);
    await window.close();
  } finally {
    await machine.end();
  }
}

/** Gives a desktop a line before the program starts: `settings` is its TOML. */
export function withLine(machine, settings, name = 'office') {
  const folder = join(machine.home, 'settings', 'trunks');
  mkdirSync(folder, { mode: 0o700, recursive: true });
  writeFileSync(join(folder, `${name}.toml`), settings, { mode: 0o600 });
}

/** Ends the program by its window, and waits until its process is gone. */
export async function quits(window, machine) {
  const phone = machine.phone();
  assert.ok(phone, 'the program runs');
  await window.close();
  await until('the program has ended', () => !existsSync(`/proc/${phone}`));
}

/** Keeps a line, so that the program has it from its start; `more` is TOML of its other tables. */
export function keepLine(machine, name, account, more = '') {
  const table = Object.entries({ name, ...account }).map(([key, value]) => `${key} = ${toml(value)}\n`);
  withLine(machine, `[trunk]\n${table.join('')}${more}`, name);
}

const toml = (value) => (typeof value === 'object' ? `{ ${Object.entries(value).map(([key, inner]) => `${key} = ${toml(inner)}`).join(', ')} }` : JSON.stringify(value));

/** A file that only its owner reads, with a password. */
export function passwordFile(machine, name, password) {
  const file = join(machine.home, `${name}.password`);
  writeFileSync(file, password, { mode: 0o600 });
  return { file };
}

/** Shows a screen. */
export const goTo = (window, screen) => window.run('location.hash = `#/${arguments[0]}`', screen);

/** The text of the screen, without what stands around it. */
export const screen = (window) => window.run("return document.querySelector('main').innerText");

export const ENGLISH = {
  tag: 'en', tryNow: /^Try it now/, hold: /^Hold$/, held: /On hold/, resume: /^Resume$/, hangUp: /^Hang up$/, over: /You hung up/,
  open: /^Show graphs$/, close: /^Hide graphs$/, keypad: /^Keypad$/, five: /^Key 5$/, step: /one to each further server/,
};
export const GERMAN = {
  tag: 'de', tryNow: /^Jetzt ausprobieren/, hold: /^Halten$/, held: /Gehalten/, resume: /^Fortsetzen$/, hangUp: /^Auflegen$/, over: /hier aufgelegt/,
  open: /^Verläufe zeigen$/, close: /^Verläufe ausblenden$/, keypad: /^Tasten$/, five: /^Taste 5$/, step: /eines an jeden weiteren Server/,
};

/** A call to the echo of the embedded trunk, from the first screen on. */
export async function tryNow(window, says = ENGLISH) {
  await window.click('button', says.tryNow);
  await window.find('time', /^\d:\d\d$/);
  await window.find('button', says.hold);
}
