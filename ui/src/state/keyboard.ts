import { actionOf, bindings, isBare, padKey, written, type Action } from '../lib/shortcuts';
import type { App } from './app.svelte';

export const MAC = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? '');
/** What takes keys for itself. */
const TYPING = 'input, select, textarea, [contenteditable], dialog';

/** Listens to the keys of the whole window. */
export function listenToKeys(app: App): () => void {
  const heard = (event: KeyboardEvent) => {
    if (press(app, event)) event.preventDefault();
  };
  window.addEventListener('keydown', heard);
  return () => window.removeEventListener('keydown', heard);
}

function press(app: App, event: KeyboardEvent): boolean {
  const keys = written(event, MAC);
  if (keys === null || event.defaultPrevented || event.isComposing || app.recordingKeys) return false;
  const bound = actionOf(keys, bindings(MAC, app.preferences.now.shortcuts));
  const action = isBare(keys) && !rings(app, event) ? null : bound;
  // A key that is held down does its work once, and a button's too; fields and lists go on.
  if (event.repeat) return action !== null || (keys === 'Enter' && within(event, 'button'));
  if (action === null) return plain(app, event);
  return typeof action === 'string' ? act(app, action) : swap(app, action.call);
}

function within(event: KeyboardEvent, what: string): boolean {
  return event.target instanceof Element && event.target.closest(what) !== null;
}

/** A call comes in, and nothing else wants a key by itself. */
function rings(app: App, event: KeyboardEvent): boolean {
  const taken = within(event, event.key === 'Enter' ? `${TYPING}, button, a, summary` : TYPING) || document.querySelector('dialog[open]') !== null;
  return app.calls.incoming.length > 0 && !taken;
}

function swap(app: App, place: number): boolean {
  const call = app.calls.talking[place - 1];
  if (!call) return false;
  app.route.go('phone');
  void app.calls.swapTo(call);
  return true;
}

/** Does what a shortcut stands for; false when there is nothing to do it to. */
export function act(app: App, action: Action): boolean {
  const { calls, route } = app;
  const call = calls.selected;
  switch (action) {
    case 'dial-field':
      route.go('phone');
      app.dialler.focus += 1;
      return true;
    case 'answer':
      if (!calls.incoming[0]) return false;
      route.go('phone');
      void calls.answer(calls.incoming[0]);
      return true;
    case 'silence':
      if (calls.incoming.length > 0) void calls.silence();
      return true;
    case 'hang-up':
      if (calls.incoming[0]) void calls.decline(calls.incoming[0]);
      else if (call) void calls.hangUp(call);
      return true;
    case 'mute':
    case 'hold':
    case 'record':
      if (call && (action === 'mute' || call.phase === 'up')) void calls[action](call);
      return true;
    case 'drawer':
      app.graphs = !app.graphs;
      return true;
    case 'ladder':
      void app.showMessages(call);
      return true;
    case 'shortcuts':
      app.showShortcuts = !app.showShortcuts;
      return true;
    default:
      route.go(action);
      return true;
  }
}

/** While nothing is being typed, `?` shows the table, and digits go to the far end of the call that is up. */
function plain(app: App, event: KeyboardEvent): boolean {
  if (within(event, TYPING) || event.ctrlKey || event.altKey || event.metaKey) return false;
  if (event.key === '?') return act(app, 'shortcuts');
  const key = padKey(event.key);
  const call = app.calls.selected;
  if (key === null || call?.phase !== 'up' || app.route.screen !== 'phone') return false;
  void app.calls.press(call, key);
  return true;
}
