/** Keeps the newest value of each key and hands all of them over at most once in `every_ms`. */
export function coalesce<K, V>(every_ms: number, hand: (values: Map<K, V>) => void) {
  let waiting = new Map<K, V>();
  let timer: ReturnType<typeof setTimeout> | null = null;
  const flush = () => {
    timer = null;
    const values = waiting;
    waiting = new Map();
    if (values.size > 0) hand(values);
  };
  return {
    put(key: K, value: V): void {
      waiting.set(key, value);
      timer ??= setTimeout(flush, every_ms);
    },
    stop(): void {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
