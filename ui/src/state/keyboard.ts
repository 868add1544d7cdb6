import { actionOf, bindings, padKey, written, type Action } from '../lib/shortcuts';
import type { App } from './app.svelte';

export const MAC = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? '');

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
  if (keys === null || event.isComposing || app.recordingKeys) return false;
  const action = actionOf(keys, bindings(MAC, app.preferences.now.shortcuts));
  if (action !== null) return typeof action === 'string' ? act(app, action) : swap(app, action.call);
  return digit(app, event);
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
      app.drawer = app.drawer === 'graphs' ? 'closed' : 'graphs';
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

/** Digits go to the far end while a call is up and nothing is being typed. */
function digit(app: App, event: KeyboardEvent): boolean {
  const key = padKey(event.key);
  const call = app.calls.selected;
  const typing = event.target instanceof Element && event.target.closest('input, select, textarea, [contenteditable], dialog');
  if (key === null || call?.phase !== 'up' || typing || event.ctrlKey || event.altKey || event.metaKey) return false;
  if (app.route.screen !== 'phone') return false;
  void app.calls.press(call, key);
  return true;
}
