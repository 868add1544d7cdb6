// The first steps with an account of one's own: its details are looked at step by step, each with its result, and
// what is wrong with them is told before the line is kept.
import { strict as assert } from 'node:assert';
import test from 'node:test';
import { Carrier } from './carrier.mjs';
import { until } from './machine.mjs';
import { onDesktop, skip } from './steps.mjs';

/** The steps of the probe in the order of the window: what each is called, how it came out, what is said of it. */
const steps = (window) => window.run("return [...document.querySelectorAll('main ol.card li')].map((one) => one.innerText.split('\\n'))");

/** How each step came out, once all have. */
async function outcomes(window, verdict) {
  await window.shows(verdict);
  return Object.fromEntries((await steps(window)).map(([name, outcome, ...said]) => [name, { outcome, said: said.join(' ') }]));
}

test('details are entered, looked at step by step, mended and kept', { skip, timeout: 300_000 }, () => {
  let carrier;
  return onDesktop(
    'C.UTF-8',
    async (window) => {
      await window.click('button', /^Enter details/);
      await window.type('textbox', /^Name of the line/, 'office');
      await window.type('textbox', /^Domain/, carrier.at.udp);
      await window.type('textbox', /^User$/, 'alice');
      await window.type('textbox', /^Password/, 'wrong');
      await window.choose(/^Transport$/, 'UDP');
      await window.click('button', /^Check this line$/);
      const refused = await outcomes(window, /The line does not work yet/);
      assert.deepEqual([refused['Reach it'].outcome, refused.Register.outcome], ['Good', 'Failed']);
      assert.match(refused.Register.said, /password.* Enter the password again$/i);

      await window.click('button', /^Enter the password again$/);
      await until('the password can be typed', () => window.run("return document.activeElement.type === 'password'"));
      await window.clear('textbox', /^Password/);
      await window.type('textbox', /^Password/, 'alice-secret');
      await window.click('button', /^Check this line$/);
      const found = await outcomes(window, /The line works/);
      assert.deepEqual(Object.keys(found), ['Find the server', 'Reach it', 'Encryption', 'Register', 'Way back to you', 'Sound']);
      assert.equal(found.Encryption.outcome, 'Warning', 'it is UDP');
      for (const name of ['Reach it', 'Register', 'Way back to you']) assert.equal(found[name].outcome, 'Good', `${name}: ${found[name].said}`);
      assert.equal(found.Sound.outcome, 'Note', 'nobody is asked for codecs before the first call');
      assert.match(found.Sound.said, /PCMU.*first call/);

      await window.click('button', /^Use this line$/);
      await window.click('button', /^Next$/);
      await window.click('button', /^(Finish|Skip)/);
      await window.shows(/office\s+Registered/);
      await until('it is kept', async () => (await window.run('return location.hash')) === '#/phone');
    },
    [],
    async (machine) => {
      carrier = await Carrier.start(machine);
    },
  );
});
