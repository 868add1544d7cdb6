// What the window saves goes through the system's dialog into a file: the trace as a capture that others read, a run
// of checks on the built-in trunk, watched as it goes on, as pages for people and for CI.
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { until } from './machine.mjs';
import { Screen } from './screen.mjs';
import { goTo, onDesktop, screen, skip, tryNow } from './steps.mjs';

const KEYS = { control: 0xffe3, a: 0x61, enter: 0xff0d };

/** A call on the built-in trunk that is over. */
async function afterACall(window) {
  await tryNow(window);
  await window.click('button', /^Hang up$/);
  await window.shows(/You hung up/);
}

/** Presses a button, names a file in the dialog that comes, and reads it once the window says that it is there. */
async function saved(window, machine, button, name, says) {
  const desk = await Screen.of(machine);
  const file = join(machine.home, name);
  await window.click('button', button);
  await until('the dialog is there', async () => (await desk.windows()).length === 2);
  await desk.focus();
  // Only a part of the name that is offered is chosen.
  await desk.press(KEYS.control, KEYS.a);
  await desk.type(file);
  await desk.press(KEYS.enter);
  await until('the dialog is gone', async () => (await desk.windows()).length === 1);
  desk.end();
  await window.shows(says);
  return readFileSync(file);
}

/** Packets of a capture file (pcap, both byte orders), without the headers that it gives them. */
function packets(bytes) {
  assert.ok([0xa1b2c3d4, 0xd4c3b2a1].includes(bytes.readUInt32BE(0)), 'a capture file');
  const word = (at) => (bytes.readUInt32BE(0) === 0xa1b2c3d4 ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at));
  const found = [];
  for (let at = 24; at < bytes.length; at += 16 + word(at + 8)) found.push(bytes.subarray(at + 16, at + 16 + word(at + 8)).toString('latin1'));
  return found;
}

// In the page: writes down each state of a run that is shown, however soon the next one comes.
const WATCH = `
  window.seen = [];
  const main = document.querySelector('main');
  const look = () => { if (/of \\d+ checks/.test(main.innerText)) window.seen.push(main.innerText); };
  new MutationObserver(look).observe(main, { childList: true, characterData: true, subtree: true });
`;

/** Checks are judged one after another while people watch, with the steps that they take; of how many. */
function goesOn(seen) {
  const shown = seen.map((text) => /(\d+) of (\d+) checks/.exec(text).slice(1).map(Number));
  const [done, of] = [shown.map(([judged]) => judged), shown[0][1]];
  assert.deepEqual(done, done.toSorted((a, b) => a - b));
  assert.ok(of > 10 && done[0] === 0 && new Set(done).size > of / 2, `${done} of ${of}`);
  assert.ok(seen.some((text) => /steps? to go/.test(text)) && seen.some((text) => /last step/.test(text)), 'the steps are told');
  return of;
}

test('the trace is saved as a capture, secrets masked', { skip, timeout: 300_000 }, () =>
  onDesktop('C.UTF-8', async (window, machine) => {
    await afterACall(window);
    await goTo(window, 'trace');
    await until('the call is in the trace', async () => /BYE sip:/.test(await screen(window)));
    const all = packets(await saved(window, machine, /^Save as pcap$/, 'Trace of mine.pcap', /Trace saved/));
    for (const start of [/REGISTER sip:/, /SIP\/2\.0 401/, /INVITE sip:/, /BYE sip:/]) assert.ok(all.some((one) => start.test(one)), `${start}`);
    const answer = all.find((one) => /^Authorization:/m.test(one));
    assert.match(answer, /response="\*+"/);
  }),
);

test('checks of the built-in trunk are watched, and saved as HTML and JUnit', { skip, timeout: 600_000 }, () =>
  onDesktop('C.UTF-8', async (window, machine) => {
    await afterACall(window);
    await goTo(window, 'check');
    await window.click('input', /^Before going live/);
    await window.run(WATCH);
    await window.click('button', /^Start$/);
    await until('all is judged', async () => /Fit for use/.test(await screen(window)), 300_000);
    const of = goesOn(await window.run('return window.seen'));
    const html = (await saved(window, machine, /^Save as HTML$/, 'checks.html', /Report saved/)).toString();
    assert.match(html, /^<!DOCTYPE html>/i);
    assert.match(html, /built-in-trunk/);
    const junit = (await saved(window, machine, /^Save as JUnit$/, 'checks.xml', /Report saved/)).toString();
    assert.equal(junit.match(/<testcase /g).length, of);
    assert.doesNotMatch(junit, /<failure|<error/);
  }),
);
