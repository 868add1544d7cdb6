// A desktop with a line, `office`, to a carrier of a few lines, and what shows that a call on it goes on.
import { strict as assert } from 'node:assert';
import { Machine, until } from './machine.mjs';
import { ENGLISH, lineIs, withLine } from './steps.mjs';
import { UdpCarrier } from './udp-carrier.mjs';
import { Window } from './window.mjs';

/** The colour of the button that hangs up (`--hang`). */
const HANG_UP = 0xc02b22;

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

/** The screen once the window shows a call that is up: one that rings has its red button in the upper half. */
export const withCall = (screen) => until('the window shows the call', () => {
  const shown = screen.look();
  const red = shown.subarray(shown.length / 2).filter((pixel) => pixel === HANG_UP);
  return red.length > 50 && shown;
});
