// A panel on the bus of a desktop: it shows the tray and notifications, and presses their buttons.
import { spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

// Debian's own: others do not see its packages.
const PYTHON = '/usr/bin/python3';
const PANEL = fileURLToPath(new URL('panel.py', import.meta.url));

/** What it is made of and is not here. */
export const missing = spawnSync(PYTHON, ['-c', 'import dbus, gi']).status === 0 ? [] : ['python3-dbus, python3-gi'];

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

  /** Presses a button of a notification. */
  act(id, action) {
    return this.#ask({ do: 'act', id, action });
  }
}
