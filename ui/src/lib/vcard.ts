import type { Contact } from '../host';

/** The contacts of a vCard text, versions 2.1 to 4.0; cards without a number are left out. */
export function readVcards(text: string): Contact[] {
  const unfolded = text.replace(/=\r?\n(?=[^\r\n])/g, '').replace(/\r?\n[ \t]/g, '');
  const contacts: Contact[] = [];
  let card: Contact | null = null;
  for (const line of unfolded.split(/\r?\n/)) {
    if (/^BEGIN:VCARD/i.test(line)) card = blank();
    else if (/^END:VCARD/i.test(line)) {
      if (card && card.numbers.length > 0) contacts.push(card);
      card = null;
    } else if (card) take(card, line);
  }
  return contacts;
}

export function blank(): Contact {
  return { id: '', name: '', company: '', numbers: [], favourite: false, did: null };
}

function take(card: Contact, line: string): void {
  const colon = line.search(/:(?=(?:[^"]*"[^"]*")*[^"]*$)/);
  if (colon < 0) return;
  const [name = '', ...parameters] = line.slice(0, colon).split(';');
  const quoted = parameters.some((one) => /QUOTED-PRINTABLE/i.test(one));
  const value = quoted ? quotedPrintable(line.slice(colon + 1)) : line.slice(colon + 1);
  switch (name.replace(/^.*\./, '').toUpperCase()) {
    case 'FN':
      card.name = plain(value);
      break;
    case 'N':
      if (card.name === '') card.name = value.split(';').slice(0, 2).reverse().map(plain).join(' ').trim();
      break;
    case 'ORG':
      card.company = plain(value.split(';')[0] ?? '');
      break;
    case 'TEL':
    case 'IMPP': {
      const number = plain(value).replace(/^tel:/i, '').trim();
      if (number !== '' && !/^(?!sips?:)[a-z]+:/i.test(number)) card.numbers.push({ label: label(parameters), number });
    }
  }
}

function label(parameters: string[]): string {
  const types = parameters.flatMap((one) => one.replace(/^TYPE=/i, '').replaceAll('"', '').split(','));
  const known = types.map((one) => one.toLowerCase()).find((one) => ['work', 'home', 'cell', 'mobile', 'main', 'fax'].includes(one));
  return known === 'cell' ? 'mobile' : (known ?? '');
}

function quotedPrintable(text: string): string {
  const bytes: number[] = [];
  for (const piece of text.match(/=[\da-f]{2}|[^=]+|=/gi) ?? []) {
    if (/^=[\da-f]{2}$/i.test(piece)) bytes.push(parseInt(piece.slice(1), 16));
    else bytes.push(...new TextEncoder().encode(piece));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

const plain = (value: string) => value.replace(/\\n/gi, ' ').replace(/\\(.)/g, '$1').trim();
const escaped = (value: string) => value.replace(/[\\,;]/g, '\\$&').replace(/\r?\n/g, '\\n');

/** The contacts as vCards (RFC 6350). */
export function writeVcards(contacts: readonly Contact[]): string {
  return contacts
    .map(({ name, company, numbers }) => {
      const lines = ['BEGIN:VCARD', 'VERSION:4.0', `FN:${escaped(name)}`];
      if (company !== '') lines.push(`ORG:${escaped(company)}`);
      for (const one of numbers) {
        const type = one.label === 'mobile' ? 'cell' : one.label.replace(/[^\w-]/g, '');
        lines.push(`TEL${type === '' ? '' : `;TYPE=${type}`}:${escaped(one.number)}`);
      }
      return [...lines, 'END:VCARD', ''].join('\r\n');
    })
    .join('');
}
