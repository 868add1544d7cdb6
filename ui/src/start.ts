import './look/tokens.css';
import './look/base.css';
import './look/controls.css';
import './look/layout.css';
import { mount } from 'svelte';
import { connect } from './host';
import { speak, t } from './i18n';
import Failed from './parts/Failed.svelte';
import Root from './Root.svelte';
import { App } from './state/app.svelte';
import { sentence } from './state/calls.svelte';
import { showLook } from './state/preferences.svelte';

/** Connects to the phone and draws the window; without a phone it says so. */
export async function start(target: HTMLElement): Promise<void> {
  showLook('system');
  // While the phone is asked; most people want the language of their system.
  const spoken = speak(null);
  try {
    const app = new App(await connect());
    await app.load();
    await spoken;
    if (app.preferences.now.language !== null) await speak(app.preferences.now.language);
    mount(Root, { target, props: { app } });
  } catch (error) {
    await spoken;
    mount(Failed, { target, props: { why: sentence(error) } });
  }
  document.title = t.app.name;
}
