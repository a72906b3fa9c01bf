const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** A size in binary units with three digits: "1.64 GiB", "483.5 MiB", "20 GiB"; exact below 1 KiB. */
export function formatBytes(size: number | bigint): string {
  let value = Number(size);
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = value >= 100 ? 1 : 2;
  const text = Number.isInteger(value) ? String(value) : value.toFixed(digits);
  return `${text} ${UNITS[unit] ?? ''}`;
}

/** An offset as people read it: "0x1e38c800". */
export function formatOffset(offset: number | bigint): string {
  return `0x${offset.toString(16)}`;
}

/** Groups digits by thousands: "1,234,567". */
export function formatCount(count: number | bigint): string {
  return count.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}
