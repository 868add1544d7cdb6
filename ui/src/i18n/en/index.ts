import { book } from './book';
import { call } from './call';
import { lines } from './lines';
import { phone } from './phone';
import { settings } from './settings';

export const en = { tag: 'en', ...phone, ...call, ...book, ...lines, ...settings };
