/** The rows of a CSV text (RFC 4180), separated by comma, semicolon or tab, whichever its first line has most of. */
export function readCsv(text: string): string[][] {
  const body = text.replace(/^\ufeff/, '');
  const first = body.split(/\r?\n/, 1)[0] ?? '';
  const separator = [',', ';', '\t'].reduce((best, one) => (first.split(one).length > first.split(best).length ? one : best));
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const endRow = () => {
    row.push(cell);
    if (row.some((one) => one.trim() !== '')) rows.push(row);
    row = [];
    cell = '';
  };
  for (let at = 0; at < body.length; at += 1) {
    const character = body[at]!;
    if (quoted) {
      if (character !== '"') cell += character;
      else if (body[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (character === '"' && cell === '') quoted = true;
    else if (character === separator) {
      row.push(cell);
      cell = '';
    } else if (character === '\n') endRow();
    else if (character !== '\r') cell += character;
  }
  endRow();
  return rows;
}

/** CSV that no spreadsheet takes for a formula: a quote stands before =, @, and before + or - unless a number follows. */
export function writeCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map(cellText).join(',')).join('\r\n') + '\r\n';
}

function cellText(cell: string): string {
  const number = /^\+?[\d\s().\-]+$/.test(cell) && !cell.startsWith('-');
  const safe = /^[=+\-@\t\r]/.test(cell) && !number ? `'${cell}` : cell;
  return /[",;\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
