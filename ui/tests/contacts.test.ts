import { describe, expect, test } from 'vitest';
import { contacts } from '../src/host/mock/seed';
import { contactsCsv, fresh, readContacts } from '../src/lib/contacts-io';
import { readCsv, writeCsv } from '../src/lib/csv';
import { blank, writeVcards } from '../src/lib/vcard';

describe('CSV', () => {
  test('of RFC 4180, with quotes, line ends and other separators', () => {
    expect(readCsv('\ufeffa;b\r\n"x;1";"say ""hi"""\r\n\r\n')).toEqual([['a', 'b'], ['x;1', 'say "hi"']]);
    expect(readCsv('a,b\n"two\nlines",2')).toEqual([['a', 'b'], ['two\nlines', '2']]);
  });

  test('is no formula to a spreadsheet', () => {
    const text = writeCsv([['=1+1', '+cmd|x', '-2+3', '@SUM(A1)', '+44 20 7946 0018']]);
    expect(text).toBe('"\'=1+1","\'+cmd|x","\'-2+3","\'@SUM(A1)",+44 20 7946 0018\r\n');
  });

  test('of other phones: columns are found by their titles', () => {
    const read = readContacts('First Name,Last Name,Organization,Mobile Phone,Work Phone\nAda,Lindqvist,Nordlys,+46701740605,+46850555012\nNo,Number,X,,\n');
    expect(read).toEqual([{ ...blank(), name: 'Ada Lindqvist', company: 'Nordlys', numbers: [{ label: 'mobile', number: '+46701740605' }, { label: 'work', number: '+46850555012' }] }]);
  });

  test('without titles: a name and a number in any column', () => {
    expect(readContacts('Front desk;100\nsip:echo@x.net;Echo')).toMatchObject([{ name: 'Front desk', numbers: [{ number: '100' }] }, { name: 'Echo', numbers: [{ number: 'sip:echo@x.net' }] }]);
  });
});

describe('vCard', () => {
  test('versions 2.1 to 4.0, folded and encoded', () => {
    const text = [
      'BEGIN:VCARD', 'VERSION:2.1', 'N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;Zo=C3=AB', 'TEL;WORK;VOICE:+49 30 5550', 'END:VCARD',
      'BEGIN:VCARD', 'VERSION:3.0', 'FN:Very long', '  name', 'ORG:Some\\, Inc.;Dept', 'item1.TEL;type=CELL:+46 70', 'END:VCARD',
      'BEGIN:VCARD', 'VERSION:4.0', 'FN:No number', 'END:VCARD',
      'BEGIN:VCARD', 'VERSION:4.0', 'FN:Uri', 'TEL;VALUE=uri;TYPE="voice,home":tel:+1-418-555-0100', 'END:VCARD',
    ].join('\r\n');
    expect(readContacts(text)).toMatchObject([
      { name: 'Zoë Müller', numbers: [{ label: 'work', number: '+49 30 5550' }] },
      { name: 'Very long name', company: 'Some, Inc.', numbers: [{ label: 'mobile', number: '+46 70' }] },
      { name: 'Uri', numbers: [{ label: 'home', number: '+1-418-555-0100' }] },
    ]);
  });

  test('a name cannot bring further lines', () => {
    const text = writeVcards([{ ...blank(), name: 'A\r\nTEL:911', numbers: [{ label: 'x\n', number: '+1' }] }]);
    expect(text.split('\r\n').filter((line) => line.startsWith('TEL'))).toEqual(['TEL;TYPE=x:+1']);
  });
});

test('what is exported comes back the same, and only once', () => {
  const all = contacts();
  for (const text of [contactsCsv(all), writeVcards(all)]) {
    const back = readContacts(text);
    expect(back.map((one) => one.name)).toEqual(all.map((one) => one.name));
    expect(fresh(back, all)).toEqual([]);
  }
});
