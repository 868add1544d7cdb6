export type Screen = 'phone' | 'history' | 'contacts' | 'lines' | 'check' | 'trace' | 'settings' | 'welcome';
const SCREENS: readonly Screen[] = ['phone', 'history', 'contacts', 'lines', 'check', 'trace', 'settings', 'welcome'];

/** Where the window is: `#/history/12`. Kept in the address, so that a reload comes back to it. */
export class Route {
  screen = $state<Screen>('phone');
  /** What is open on that screen, such as the number of a call. */
  detail = $state<string | null>(null);

  constructor() {
    this.#read();
    window.addEventListener('hashchange', () => this.#read());
  }

  go(screen: Screen, detail: string | null = null): void {
    this.screen = screen;
    this.detail = detail;
    const hash = `#/${screen}${detail === null ? '' : `/${encodeURIComponent(detail)}`}`;
    if (location.hash !== hash) location.hash = hash;
  }

  #read(): void {
    const [, screen = '', detail] = location.hash.split('/');
    this.screen = SCREENS.find((one) => one === screen) ?? 'phone';
    try {
      this.detail = detail ? decodeURIComponent(detail) : null;
    } catch {
      this.detail = null;
    }
  }
}
