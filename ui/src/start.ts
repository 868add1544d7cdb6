import './look/tokens.css';
import './look/base.css';
import './look/controls.css';
import './look/layout.css';
import { mount } from 'svelte';
import { connect } from './host';
import { t } from './i18n';
import Failed from './parts/Failed.svelte';
import { App } from './state/app.svelte';
import { sentence } from './state/calls.svelte';
import { showLook } from './state/preferences.svelte';
import Window from './Window.svelte';

/** Connects to the phone and draws the window; without a phone it says so. */
export async function start(target: HTMLElement): Promise<void> {
  showLook('system');
  document.documentElement.lang = t.tag;
  document.title = t.app.name;
  try {
    const app = new App(await connect());
    await app.load();
    mount(Window, { target, props: { app } });
  } catch (error) {
    mount(Failed, { target, props: { why: sentence(error) } });
  }
}
