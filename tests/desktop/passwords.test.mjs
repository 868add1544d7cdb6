// Without a keyring: a file of passwords under a passphrase, made at one start and opened at the next.
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { until } from './machine.mjs';
import { holding, keepLine, onDesktop, quits, skip } from './steps.mjs';
import { Window } from './window.mjs';

const withALine = (machine) => keepLine(machine, 'office', { domain: '127.0.0.1:9', user: 'alice', register: false, password: { keyring: 'office' } });

const gone = (window) => until('nothing is asked any more', async () => !/Password|Passphrase/.test(await window.text()));

test('a passphrase keeps the passwords from one start to the next', { skip, timeout: 300_000 }, () =>
  onDesktop(
    'C.UTF-8',
    async (window, machine) => {
      await window.shows(/No keyring/);
      await window.type('textbox', /^New passphrase/, 'correct horse\uE007');
      await window.shows(/Password of office/);
      await window.type('textbox', /^Password/, 'hunter2\uE007');
      await gone(window);
      const kept = readFileSync(join(machine.home, 'settings', 'passwords.age'), 'utf8');
      assert.match(kept, /^-----BEGIN AGE ENCRYPTED FILE-----/);
      assert.equal(holding(machine, 'hunter2'), '');
      await quits(window, machine);

      const again = await Window.open(machine);
      await again.shows(/Passwords are locked/);
      await again.type('textbox', /^Passphrase/, 'wrong horse\uE007');
      await again.shows(/try again/);
      await again.type('textbox', /^Passphrase/, 'correct horse\uE007');
      await gone(again);
      await again.close();
      window.lost = true;
    },
    [],
    async (machine) => withALine(machine),
    { keyring: false },
  ),
);
