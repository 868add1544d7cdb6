// `tel:`, `sip:`, `sips:` and `callto:` links come from any page. They fill the dial field and do
// nothing else: headers, parameters and passwords in them are dropped.

const LONGEST = 512;

/** The text that a link puts into the dial field, or `null` when it holds nothing to dial. */
export function linkText(link: string): string | null {
  const parts = /^(tel|callto|sips?):(?:\/\/)?(.*)$/is.exec(link.trim());
  if (!parts || link.length > LONGEST) return null;
  const scheme = parts[1]!.toLowerCase();
  const target = decoded(parts[2]!.split('?')[0]!);
  if (target === null) return null;
  const [subject = ''] = target.split(';');
  if (scheme === 'tel') return numberText(subject);
  if (subject.includes('@')) return addressText(scheme === 'sips' ? 'sips' : 'sip', subject);
  return scheme === 'callto' ? numberText(subject) : (numberText(subject) ?? hostText(scheme, subject));
}

/** Percent-decoded once; refused when that is not possible or brings what cannot be seen. */
function decoded(text: string): string | null {
  try {
    const plain = decodeURIComponent(text).replaceAll('\u00a0', ' ').trim();
    return /[^\x20-\x7e]/.test(plain) ? null : plain;
  } catch {
    return null;
  }
}

function numberText(text: string): string | null {
  const number = text.replace(/[\s().\-/]/g, '');
  return /^\+?[\d*#]{1,32}$/.test(number) ? number : null;
}

function addressText(scheme: string, text: string): string | null {
  const parts = /^([\w.+\-*#!~']+)(?::[^@]*)?@([\w.\-]+|\[[\da-fA-F:.]+\])(:\d{1,5})?$/.exec(text);
  return parts ? `${scheme}:${parts[1]}@${parts[2]}${parts[3] ?? ''}` : null;
}

function hostText(scheme: string, text: string): string | null {
  return /^[\w.\-]+\.[\w\-]+(:\d{1,5})?$/.test(text) ? `${scheme}:${text}` : null;
}
