// The real window, driven by WebDriver over plain HTTP. Parts are found as a person or a screen reader
// finds them: by role and name.
import { binary, until } from './machine.mjs';

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

// In the page: everything of a role that can be seen and bears a name that matches.
const FIND = `
  const [role, name] = arguments;
  const tags = { button: 'button', heading: 'h1,h2,h3', article: 'article', textbox: 'input,textarea', section: 'section', link: 'a' };
  const named = new RegExp(name);
  const label = (e) => e.getAttribute('aria-label') ?? (e.labels?.length ? e.labels[0].textContent : null) ?? e.textContent ?? '';
  return [...document.querySelectorAll(tags[role] ?? role)].find((e) => e.getClientRects().length > 0 && !e.disabled && named.test(label(e).trim())) ?? null;
`;

// In the page: what happens when a person chooses from a list.
const CHOOSE = `
  const [list, text] = arguments;
  const option = [...list.options].find((one) => one.textContent.trim() === text);
  if (!option) return false;
  option.selected = true;
  list.dispatchEvent(new Event('change', { bubbles: true }));
  return true;
`;

export class Window {
  static async open(machine, args = []) {
    const window = new Window();
    window.machine = machine;
    const browserOptions = { binary: binary(), args };
    const { sessionId } = await window.#ask('POST', `${machine.driver}/session`, { capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': browserOptions } } });
    window.session = `${machine.driver}/session/${sessionId}`;
    return window;
  }

  async #ask(method, url, body) {
    const answer = await fetch(url, { method, body: body && JSON.stringify(body), headers: { 'content-type': 'application/json' } });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  }

  /** Ends the session, unless it was lost. */
  async close() {
    if (!this.lost) await this.#ask('DELETE', this.session);
  }

  reload() {
    return this.#ask('POST', `${this.session}/refresh`, {});
  }

  /** Runs in the page. */
  run(script, ...args) {
    return this.#ask('POST', `${this.session}/execute/sync`, { script, args });
  }

  /** Runs in the page until it calls its last argument. */
  wait(script, ...args) {
    return this.#ask('POST', `${this.session}/execute/async`, { script, args });
  }

  text() {
    return this.run('return document.body.innerText');
  }

  /** Waits until the window shows a text. */
  async shows(pattern) {
    let last = '';
    try {
      return await until(`the window shows ${pattern}`, async () => pattern.test((last = await this.text())));
    } catch (error) {
      throw new Error(`${error.message}\nit shows:\n${last}`);
    }
  }

  find(role, name) {
    return until(`there is a ${role} named ${name}`, () => this.run(FIND, role, name.source));
  }

  async click(role, name) {
    const element = await this.find(role, name);
    await this.#ask('POST', `${this.session}/element/${element[ELEMENT]}/click`, {});
  }

  /** Chooses an option by its text in a list that bears a name. */
  async choose(name, option) {
    const list = await this.find('select', name);
    const chosen = await this.run(CHOOSE, list, option);
    if (!chosen) throw new Error(`${name} offers no ${option}`);
  }

  /** Empties a field. */
  async clear(role, name) {
    const element = await this.find(role, name);
    await this.#ask('POST', `${this.session}/element/${element[ELEMENT]}/clear`, {});
  }

  async type(role, name, text) {
    const element = await this.find(role, name);
    await this.#ask('POST', `${this.session}/element/${element[ELEMENT]}/value`, { text });
  }
}
