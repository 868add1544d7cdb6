export type Screen = 'phone' | 'history' | 'contacts' | 'lines' | 'check' | 'trace' | 'settings' | 'welcome';
const SCREENS: readonly Screen[] = ['phone', 'history', 'contacts', 'lines', 'check', 'trace', 'settings', 'welcome'];

/** Where the window is: `#/history/12`. Kept in the address, so that a reload comes back to it. */
export class Route {
  screen = $state<Screen>('phone');
  /** What is open on that screen, such as the number of a call. */
  detail = $state<string | null>(null);

  constructor() {
    this.read(location.hash);
    window.addEventListener('hashchange', () => this.read(location.hash));
  }

  go(screen: Screen, detail: string | null = null): void {
    this.screen = screen;
    this.detail = detail;
    if (location.hash !== this.hash) location.hash = this.hash;
  }

  get hash(): string {
    return `#/${this.screen}${this.detail === null ? '' : `/${encodeURIComponent(this.detail)}`}`;
  }

  read(hash: string): void {
    const [, screen = '', detail] = hash.split('/');
    this.screen = SCREENS.find((one) => one === screen) ?? 'phone';
    try {
      this.detail = detail ? decodeURIComponent(detail) : null;
    } catch {
      this.detail = null;
    }
  }
}
