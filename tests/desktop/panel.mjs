// A panel on the bus of a desktop: it shows the tray and notifications, and presses their buttons.
import { spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { until } from './machine.mjs';
import { skip as gone } from './steps.mjs';

// Debian's own: others do not see its packages.
export const PYTHON = '/usr/bin/python3';
const PANEL = fileURLToPath(new URL('panel.py', import.meta.url));

const works = spawnSync(PYTHON, ['-c', 'import dbus, gi']).status === 0;
/** Why walks with a panel cannot be here, or false. In CI nothing may be missing. */
export const skip = gone || (works || process.env.CI === 'true' ? false : 'not installed here: python3-dbus, python3-gi');

export class Panel {
  #waiting = [];

  static async start(machine) {
    const panel = new Panel();
    panel.process = machine.spawn(PYTHON, [PANEL], { in: 'pipe', out: 'pipe' });
    const lines = createInterface({ input: panel.process.stdout });
    lines.on('line', (line) => panel.#waiting.shift()?.(line));
    await panel.#line();
    return panel;
  }

  #line() {
    return new Promise((told) => this.#waiting.push(told));
  }

  async #ask(order) {
    const line = this.#line();
    this.process.stdin.write(`${JSON.stringify(order)}\n`);
    const answer = JSON.parse(await line);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.is;
  }

  /** The menu and the picture of the tray, or null where there is none. */
  tray() {
    return this.#ask({ do: 'tray' });
  }

  /** Clicks on a line of its menu. */
  choose(label) {
    return this.#ask({ do: 'choose', label });
  }

  /** The notifications that are shown. */
  notes() {
    return this.#ask({ do: 'notes' });
  }

  /** Notifications have no buttons from here on. */
  plain() {
    return this.#ask({ do: 'plain' });
  }

  /** There are no notifications any more. */
  hush() {
    return this.#ask({ do: 'hush' });
  }

  /** Unlocks the keyring of the session by its password. */
  unlock(word) {
    return this.#ask({ do: 'unlock', word });
  }

  /** Has a name on the bus until it is called, as a program that ends just then. */
  vanish(name) {
    return this.#ask({ do: 'vanish', name });
  }

  /** Presses a button of a notification until its program takes it away, which may not listen yet when it has just come. */
  act(id, action) {
    return until(`${action} is heard`, async () => {
      await this.#ask({ do: 'act', id, action });
      return !(await this.notes()).some((one) => one.id === id);
    });
  }
}
