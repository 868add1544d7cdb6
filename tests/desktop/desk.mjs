// A desktop with a line, `office`, to a carrier of a few lines, and what shows that a call on it goes on.
import { strict as assert } from 'node:assert';
import { Machine, until } from './machine.mjs';
import { ENGLISH, lineIs, withLine } from './steps.mjs';
import { UdpCarrier } from './udp-carrier.mjs';
import { Window } from './window.mjs';

/** The colours of the buttons that hang up and answer (`--hang`, `--call`). */
const [HANG_UP, ANSWER] = [0xc02b22, 0x1a7a48];

/** Works on a desktop of its own. `password`: what the carrier asks for; `rows`: TOML of the line's account; `having`: as of a machine. */
export async function onDesk(work, { password = null, rows = '', having = {} } = {}) {
  const machine = await Machine.start('C.UTF-8', having);
  const carrier = await UdpCarrier.start(password);
  try {
    withLine(machine, carrier.trunk('office', rows));
    await work(machine, carrier);
  } finally {
    // It hears the phone's goodbye.
    await machine.end().finally(() => carrier.end());
  }
}

/** A window in which the line is registered. */
export async function openWindow(machine) {
  const window = await Window.open(machine);
  await window.shows(lineIs('office', ENGLISH.registered));
  return window;
}

/** Sound goes on to come. */
export async function goesOn(call) {
  const before = call.heard;
  await until('there is more sound', () => call.heard > before + 500);
  assert.equal(call.ended, null);
}

/** The screen once the window shows a call that is up: one that rings has a button to answer besides. */
export const withCall = (screen) => until('the window shows the call', () => {
  const shown = screen.look();
  const has = (colour) => shown.filter((pixel) => pixel === colour).length > 50;
  return has(HANG_UP) && !has(ANSWER) && shown;
});
