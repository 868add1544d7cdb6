/** Which rows of a long list are drawn; all rows are of one height. */
export class VirtualRows {
  /** Rows above and below the visible part, so that fast scrolling shows no gap. */
  static readonly SPARE = 12;

  constructor(
    readonly count: number,
    readonly height: number,
    readonly view: number,
  ) {}

  at(top: number): { first: number; last: number; before: number; after: number } {
    const first = Math.max(0, Math.min(this.count, Math.floor(top / this.height) - VirtualRows.SPARE));
    const last = Math.min(this.count, Math.ceil((top + this.view) / this.height) + VirtualRows.SPARE);
    return { first, last, before: first * this.height, after: (this.count - last) * this.height };
  }
}
