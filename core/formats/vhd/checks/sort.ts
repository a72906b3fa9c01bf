const DIGITS = 2048;
const SHIFTS = [0, 11, 22];

/**
 * Indices of `keys` in ascending order of key, equal keys in order of index. A radix sort: a million BAT entries take some
 * tens of milliseconds, and no order of entries makes it slower. The keys move with their indices, since looking each up
 * where it stands would miss the cache every time.
 */
export function sortedIndices(keys: Uint32Array, indices: Uint32Array): Uint32Array {
  const { length } = indices;
  let from = indices.slice();
  let to = new Uint32Array(length);
  let keysFrom = new Uint32Array(length);
  let keysTo = new Uint32Array(length);
  for (let i = 0; i < length; i += 1) keysFrom[i] = keys[from[i] ?? 0] ?? 0;
  for (const shift of SHIFTS) {
    const places = new Uint32Array(DIGITS + 1);
    for (let i = 0; i < length; i += 1) {
      const digit = ((keysFrom[i] ?? 0) >>> shift) & (DIGITS - 1);
      places[digit + 1] = (places[digit + 1] ?? 0) + 1;
    }
    for (let i = 1; i <= DIGITS; i += 1) places[i] = (places[i] ?? 0) + (places[i - 1] ?? 0);
    for (let i = 0; i < length; i += 1) {
      const key = keysFrom[i] ?? 0;
      const digit = (key >>> shift) & (DIGITS - 1);
      const place = places[digit] ?? 0;
      keysTo[place] = key;
      to[place] = from[i] ?? 0;
      places[digit] = place + 1;
    }
    [from, to] = [to, from];
    [keysFrom, keysTo] = [keysTo, keysFrom];
  }
  return from;
}
