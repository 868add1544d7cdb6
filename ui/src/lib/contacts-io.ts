import type { Contact } from '../host';
import { readCsv, writeCsv } from './csv';
import { bare } from './numbers';
import { blank, readVcards } from './vcard';

const NAME = /^(?:(?:full|display)[ -]?name|name|kontakt)$/i;
const FIRST = /^(?:first|given|vorname)/i;
const LAST = /^(?:last|family|sur|nachname)/i;
const COMPANY = /compan|organi|firma/i;
const NUMBER = /phone|number|tel|mobile|nummer|handy/i;

/** Contacts of a file, whichever of the two forms it has. */
export function readContacts(text: string): Contact[] {
  return /BEGIN:VCARD/i.test(text.slice(0, 4096)) ? readVcards(text) : fromCsv(readCsv(text));
}

function fromCsv(rows: string[][]): Contact[] {
  const [head = [], ...rest] = rows;
  const titled = head.some((cell) => NUMBER.test(cell) || NAME.test(cell));
  const column = (pattern: RegExp) => (titled ? head.findIndex((cell) => pattern.test(cell.trim())) : -1);
  const [name, first, last, company] = [column(NAME), column(FIRST), column(LAST), column(COMPANY)];
  const numbers = head.flatMap((cell, at) => (titled && NUMBER.test(cell) && !/type|label/i.test(cell) ? [at] : []));
  return (titled ? rest : rows).flatMap((row) => {
    const cell = (at: number) => (at < 0 ? '' : unguarded(row[at]?.trim() ?? ''));
    const found = titled
      ? numbers.map((at) => ({ label: label(head[at]!), number: cell(at) }))
      : row.map((one) => ({ label: '', number: unguarded(one.trim()) }));
    const dialled = found.filter((one) => /^(?:\+?[\d*#]{2,32}|sips?:\S+)$/.test(bare(one.number)));
    const spelled = cell(name) || `${cell(first)} ${cell(last)}`.trim();
    const words = titled ? spelled : (row.find((one) => /\p{L}/u.test(one) && !/^sips?:/.test(one)) ?? '').trim();
    return dialled.length === 0 ? [] : [{ ...blank(), name: words, company: cell(company), numbers: dialled }];
  });
}

/** Without the quote that `writeCsv` puts before what looks like a formula. */
const unguarded = (cell: string) => cell.replace(/^'(?=[=+\-@])/, '');

function label(title: string): string {
  return /mobile|handy|cell/i.test(title) ? 'mobile' : /home|privat/i.test(title) ? 'home' : /work|business|firma/i.test(title) ? 'work' : '';
}

/** One row a contact, with as many number columns as the fullest needs. */
export function contactsCsv(contacts: readonly Contact[]): string {
  const most = Math.max(1, ...contacts.map((one) => one.numbers.length));
  const head = ['Name', 'Company', ...Array.from({ length: most }, (_, at) => `Phone ${at + 1}`)];
  return writeCsv([head, ...contacts.map((one) => [one.name, one.company, ...one.numbers.map((entry) => entry.number)])]);
}

/** What is new in `read` against `kept`: contacts with the same name and numbers are known already. */
export function fresh(read: readonly Contact[], kept: readonly Contact[]): Contact[] {
  const mark = (one: Contact) => `${one.name}\n${one.numbers.map((entry) => bare(entry.number)).sort().join()}`;
  const known = new Set(kept.map(mark));
  return read.filter((one) => !known.has(mark(one)) && known.add(mark(one)));
}
