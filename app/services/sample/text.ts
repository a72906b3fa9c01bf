import { encodeUtf16 } from '../../../core/structure/codecs.ts';

/** Text that guests leave on their disks: enough of it to be found by a search, and never the same twice. */

const SECTOR = 512;
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const two = (value: number): string => String(value).padStart(2, '0');

function clock(time: Date): string {
  return `${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())}`;
}

/** As syslog writes it: `Nov 10 06:25:01`. */
function stamp(time: Date): string {
  return `${MONTHS[time.getUTCMonth()] ?? ''} ${String(time.getUTCDate()).padStart(2)} ${clock(time)}`;
}

/** A number that depends on the line, spread over `range`. */
function spread(line: number, range: number): number {
  return ((line * 2_654_435_761) >>> 0) % range;
}

const USERS = ['peterparker', 'mjwatson', 'fthompson', 'hosborn'];
const PATHS = [
  '/',
  '/invoices/2024-117',
  '/login',
  '/static/logo.svg',
  '/api/orders?state=open',
  '/reports/october.pdf',
];

/** What a web server of a small shop logs. */
const LINES: ((line: number, time: Date, host: string) => string)[] = [
  (n, time, host) =>
    `${stamp(time)} ${host} sshd[${800 + spread(n, 9000)}]: Accepted publickey for ${USERS[spread(n, 4)] ?? ''} from 10.0.3.${1 + spread(n, 250)} port ${40_000 + spread(n, 20_000)} ssh2`,
  (n, time) =>
    `10.0.8.${1 + spread(n, 250)} - - [${two(time.getUTCDate())}/${MONTHS[time.getUTCMonth()] ?? ''}/${time.getUTCFullYear()}:${clock(time)} +0000] "GET ${PATHS[spread(n, 6)] ?? ''} HTTP/1.1" 200 ${300 + spread(n, 40_000)}`,
  (n, time, host) =>
    `${stamp(time)} ${host} CRON[${1200 + spread(n, 9000)}]: (root) CMD (/usr/local/bin/backup --to nas02 --keep 14)`,
  (n, time, host) =>
    `${stamp(time)} ${host} kernel: [${(n * 7.25).toFixed(6)}] xvda: barrier or flush: enabled; persistent grants: enabled`,
  (n, time, host) =>
    `${stamp(time)} ${host} postfix/smtp[${2000 + spread(n, 9000)}]: to=<${USERS[spread(n + 1, 4)] ?? ''}@dailybugle.example>, relay=mail.example[192.0.2.25]:25, status=sent (250 2.0.0 Ok)`,
];

/** `sectors` full of log lines of `host`, from `start` (milliseconds since 1970) on. */
export function log(host: string, start: number, sectors: number): Uint8Array {
  return fill(sectors, 'ascii', (line) => {
    const time = new Date(start + line * 37_000);
    return `${LINES[spread(line, LINES.length)]?.(line, time, host) ?? ''}\n`;
  });
}

/** `sectors` full of SQL, as a database's dump. */
export function dump(sectors: number): Uint8Array {
  return fill(sectors, 'ascii', (line) => {
    const paid = spread(line, 3) === 0 ? 'NULL' : `'2024-10-${two(1 + spread(line, 28))}'`;
    return `INSERT INTO invoices VALUES (${1000 + line}, '${USERS[spread(line, 4)] ?? ''}', ${spread(line, 90_000) / 100}, ${paid});\n`;
  });
}

/** `sectors` full of UTF-16 text, as Windows keeps it. */
export function events(host: string, start: number, sectors: number): Uint8Array {
  return fill(sectors, 'utf16', (line) => {
    const time = new Date(start + line * 61_000);
    const user = USERS[spread(line, 4)] ?? '';
    const what = [
      'The Print Spooler service entered the running state.',
      `An account was successfully logged on: ${host}\\${user}`,
      `C:\\Users\\${user}\\Documents\\Übersicht Q4.xlsx`,
    ];
    return `${DAYS[time.getUTCDay()] ?? ''} ${clock(time)} ${host} ${what[spread(line, 3)] ?? ''}\r\n`;
  });
}

function fill(sectors: number, encoding: 'ascii' | 'utf16', line: (index: number) => string): Uint8Array {
  const size = sectors * SECTOR;
  const units = encoding === 'ascii' ? size : size / 2;
  let text = '';
  for (let index = 0; text.length < units; index += 1) text += line(index);
  const cut = text.slice(0, units);
  return encoding === 'ascii' ? new TextEncoder().encode(cut) : encodeUtf16(cut, 'little');
}
