// What the walks share: a desktop for each, lines that are there, and the way to a first call.
import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
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

/** The files of a desktop that hold a text in clear. */
export const holding = (machine, text) => spawnSync('grep', ['-rl', text, machine.home], { encoding: 'utf8' }).stdout;

/** Shows a screen. */
export const goTo = (window, screen) => window.run('location.hash = `#/${arguments[0]}`', screen);

/** The text of the screen, without what stands around it. */
export const screen = (window) => window.run("return document.querySelector('main').innerText");

/** What walks look for, in English and in German (ui/src/i18n, assets/words). */
const WORDS = {
  tag: ['en', 'de'],
  // The first steps and lines.
  tryNow: [/^Try it now/, /^Jetzt ausprobieren/],
  details: [/^Enter details/, /^Daten eingeben/],
  lineName: [/^Name of the line/, /^Name der Leitung/],
  domain: [/^Domain/, /^Domain/],
  user: [/^User$/, /^Benutzer$/],
  password: [/^Password/, /^Passwort/],
  transport: [/^Transport$/, /^Transport$/],
  checkLine: [/^Check this line$/, /^Diese Leitung prüfen$/],
  works: [/The line works\./, /Die Leitung funktioniert\./],
  useLine: [/^Use this line$/, /^Diese Leitung benutzen$/],
  skip: [/^Skip$/, /^Überspringen$/],
  finish: [/^Finish$/, /^Fertig$/],
  registered: ['Registered', 'Angemeldet'],
  ready: ['Ready', 'Bereit'],
  // Calls.
  number: [/^Number, name or address/, /^Rufnummer, Name oder Adresse/],
  incoming: ['Incoming call', 'Eingehender Anruf'],
  onOffice: [/on office/, /über office/],
  encrypted: [/Signalling encrypted/, /Signalisierung verschlüsselt/],
  answer: [/^Answer$/, /^Annehmen$/],
  open: [/^Show graphs$/, /^Verläufe zeigen$/],
  close: [/^Hide graphs$/, /^Verläufe ausblenden$/],
  keypad: [/^Keypad$/, /^Tasten$/],
  key: ['Key', 'Taste'],
  hold: [/^Hold$/, /^Halten$/],
  held: [/On hold/, /Gehalten/],
  resume: [/^Resume$/, /^Fortsetzen$/],
  hangUp: [/^Hang up$/, /^Auflegen$/],
  over: [/You hung up/, /hier aufgelegt/],
  overThere: [/They hung up/, /Gegenseite hat aufgelegt/],
  busy: [/Busy/, /Besetzt/],
  busyAdvice: [/The called side is busy: try again later\./, /Die angerufene Seite ist besetzt: später erneut versuchen\./],
  // The history and the checks.
  tookIn: [/Incoming,\s*Answered/, /Eingehend,\s*Angenommen/],
  gotOut: [/^301[^]*Outgoing,\s*Answered/, /^301[^]*Abgehend,\s*Angenommen/],
  missed: [/(\d+) missed calls?/, /(\d+) verpasster? Anrufe?/],
  step: [/one to each further server/, /eines an jeden weiteren Server/],
};

const spoken = (at) => Object.fromEntries(Object.entries(WORDS).map(([name, all]) => [name, all[at]]));

export const ENGLISH = spoken(0);
/** The locales in which a walk is gone, each with what the window says then. */
export const LANGUAGES = [['C', ENGLISH], ['de_DE.UTF-8', spoken(1)]];

/** That a line is in a state, as the strip at the bottom says it. */
export const lineIs = (name, state) => new RegExp(`${name}\\s+${state}`);

/** A key of the pad in a call. */
export const padKey = (says, key) => new RegExp(`^${says.key} ${key}$`);

/** The call that is shown is put on hold, taken back and hung up. */
export async function holdsAndHangsUp(window, says) {
  await window.click('button', says.hold);
  await window.shows(says.held);
  await window.click('button', says.resume);
  await window.find('button', says.hold);
  await window.click('button', says.hangUp);
  await window.shows(says.over);
}

/** A call to the echo of the embedded trunk, from the first screen on. */
export async function tryNow(window, says = ENGLISH) {
  await window.click('button', says.tryNow);
  await window.find('time', /^\d:\d\d$/);
  await window.find('button', says.hold);
}
