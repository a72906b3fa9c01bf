/**
 * Indices of `keys` in ascending order of key, equal keys in order of index. A radix sort: a million BAT entries take some
 * tens of milliseconds, and no order of entries makes it slower.
 */
export function sortedIndices(keys: Uint32Array, indices: Uint32Array): Uint32Array {
  let from = indices.slice();
  let to = new Uint32Array(from.length);
  for (const shift of [0, 11, 22]) {
    const counts = new Uint32Array(2049);
    for (const index of from) {
      const digit = ((keys[index] ?? 0) >>> shift) & 2047;
      counts[digit + 1] = (counts[digit + 1] ?? 0) + 1;
    }
    for (let i = 1; i < counts.length; i += 1) counts[i] = (counts[i] ?? 0) + (counts[i - 1] ?? 0);
    for (const index of from) {
      const digit = ((keys[index] ?? 0) >>> shift) & 2047;
      const place = counts[digit] ?? 0;
      to[place] = index;
      counts[digit] = place + 1;
    }
    [from, to] = [to, from];
  }
  return from;
}
