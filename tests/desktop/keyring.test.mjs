// A keyring that is slow or locked: the window goes on, says what it waits for, and the line registers with
// its password once the keyring gives it.
import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { onDesk } from './desk.mjs';
import { until } from './machine.mjs';
import { Panel, skip } from './panel.mjs';
import { holding, quits } from './steps.mjs';
import { Window } from './window.mjs';

const PASSWORD = 'hunter2';
const SECRETS = '/org/freedesktop/secrets';
const LOGIN = `${SECRETS}/collection/login`;

/** Closes the keyring of the session, as its user's lock of the screen may do. */
function lock(machine) {
  const args = ['--session', '--print-reply', '--dest=org.freedesktop.secrets', SECRETS, 'org.freedesktop.Secret.Service.Lock', `array:objpath:${LOGIN}`];
  const { status, stderr } = spawnSync('dbus-send', args, { env: machine.env, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

/** A line whose password the window has put into the keyring, at a phone that is started anew. */
function startedAnew(before, walk) {
  const work = async (machine, carrier) => {
    const first = await Window.open(machine);
    await first.run("location.hash = '#/lines/office'");
    await first.click('button', /^Edit/);
    await first.type('textbox', /^Password/, PASSWORD);
    await first.click('button', /^(Save|Keep)/);
    await until('it is registered', () => carrier.contact);
    await quits(first, machine);
    carrier.contact = null;
    before(machine);
    const window = await Window.open(machine);
    await walk(window, machine, carrier);
    await window.close();
  };
  return onDesk(work, { password: PASSWORD, rows: 'password = { keyring = "office" }' });
}

/** The window answers a person. */
async function goesOn(window) {
  await window.run("location.hash = '#/settings'");
  await window.shows(/Start when I log in/);
  await window.run("location.hash = '#/lines/office'");
}

test('a keyring that does not answer holds nobody up', { skip, timeout: 300_000 }, () =>
  startedAnew(
    (machine) => machine.keyring.kill('SIGSTOP'),
    async (window, machine, carrier) => {
      await goesOn(window);
      await window.shows(/the keyring does not give its password yet: once it is unlocked, the line goes on/);
      assert.doesNotMatch(await window.text(), /No keyring/);
      await goesOn(window);
      assert.equal(carrier.contact, null);
      assert.equal(holding(machine, PASSWORD), '', 'nothing is in clear');
      machine.keyring.kill('SIGCONT');
      await until('it registers by itself', () => carrier.contact);
      await until('nothing is wrong any more', async () => !/keyring/.test(await window.text()));
    },
  ),
);

test('a keyring that is locked is told of, and asked again when the user says so', { skip, timeout: 300_000 }, () =>
  startedAnew(lock, async (window, machine, carrier) => {
    await window.run("location.hash = '#/lines/office'");
    // Nobody is here whom the keyring could ask for its password.
    await window.shows(/no keyring to keep secrets in \(.+\): start one \(on Linux gnome-keyring or KeePassXC in the session\)/);
    await goesOn(window);
    assert.equal(carrier.contact, null);
    assert.equal(holding(machine, PASSWORD), '', 'nothing is in clear');
    await (await Panel.start(machine)).unlock('of the keyring');
    await window.click('button', /^Register/);
    await until('it registers', () => carrier.contact);
  }),
);
