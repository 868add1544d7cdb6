import type { Messages } from '..';
import { book } from './book';
import { call } from './call';
import { check } from './check';
import { lines } from './lines';
import { phone } from './phone';
import { settings } from './settings';
import { trace } from './trace';

export const messages: Messages = { tag: 'de', ...phone, ...call, ...book, ...lines, ...check, ...settings, ...trace };
