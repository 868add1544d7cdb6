// A line at a real registrar, entered by hand, and a call through it to another phone that is registered there.
import { strict as assert } from 'node:assert';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { NEEDED, startKamailio } from './kamailio.mjs';
import { cli, until } from './machine.mjs';
import { LANGUAGES, goTo, holdsAndHangsUp, lineIs, onDesktop, padKey, screen, skipWithout } from './steps.mjs';

/** A phone of user 301 that answers one call and says how it went. */
function otherPhone(machine, port) {
  const home = mkdtempSync(join(machine.home, 'callee-'));
  const env = { MILLIWATT_CONFIG_DIR: home, MILLIWATT_DATA_DIR: home, MILLIWATT_PASSWORD: 'pw301' };
  const args = ['answer', `sip:301@127.0.0.1:${port}`, '--count', '1', '--ring', '1s', '--play', 'milliwatt', '--jsonl', '-'];
  return machine.peer(cli(), args, /"ready"/, env);
}

/** From the first screen on: the details of a line, its check, no numbers, no sound check. */
async function enterLine(window, port, says) {
  await window.click('button', says.details);
  await window.type('textbox', says.lineName, 'office');
  await window.type('textbox', says.domain, `127.0.0.1:${port}`);
  await window.type('textbox', says.user, '300');
  await window.type('textbox', says.password, 'pw300');
  await window.choose(says.transport, 'UDP');
  await window.click('button', says.checkLine);
  await window.shows(says.works);
  await window.click('button', says.useLine);
  await window.click('button', says.skip);
  await window.click('button', says.finish);
}

for (const [language, says] of LANGUAGES) {
  test(`a line is entered by hand, registered at Kamailio and called through (LANG=${language})`, { skip: skipWithout(...NEEDED), timeout: 300_000 }, () => {
    let port;
    return onDesktop(
      language,
      async (window, machine) => {
        await enterLine(window, port, says);
        await window.shows(lineIs('office', says.registered));
        const callee = await otherPhone(machine, port);
        await window.type('textbox', says.number, '301\uE007');
        await window.find('button', says.hold);
        await window.shows(/MOS [1-4][.,]\d\d/);
        await window.click('button', says.keypad);
        for (const key of '57') await window.click('button', padKey(says, key));
        await until('the digits are shown', () => window.run("return document.querySelector('output.digits').textContent.includes('57')"));
        await until('the far end has the digits', () => /digit 7/.test(callee.said()));
        await window.click('button', says.keypad);
        await holdsAndHangsUp(window, says);
        assert.equal(await callee.ended, 0, callee.said());
        const call = callee.said().split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line)).at(-1);
        assert.deepEqual([call.from, call.dtmf_received, call.hangup_by], ['300', '57', 'remote']);
        assert.ok(call.media.received > 0, 'it heard the window');
        await goTo(window, 'history');
        await window.click('button', says.gotOut);
        await until('its page tells of it', async () => {
          const page = await screen(window);
          for (const part of [says.over, /office/, /INVITE sip:301@/, /MOS [1-4][.,]\d\d/]) assert.match(page, part);
          return true;
        });
      },
      [],
      async (machine) => {
        port = await startKamailio(machine);
      },
    );
  });
}
