// What outlives a restart, generated from `crates/store`.

import type { Fact } from './generated/store';

export type { Call, Fact, Filter, Profile, Second } from './generated/store';

export type FactValue = Fact['value'];
