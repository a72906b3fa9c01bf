import { VERSION } from '../../app/version.ts';
import { asPlatterError } from '../../core/errors.ts';
import { runServe } from './run.ts';

// What `npm start` runs where no window can be opened: PATH… [--open] [--port N]
const args = process.argv.slice(2);
const at = args.indexOf('--port');
const port = at < 0 ? '0' : (args.splice(at, 2)[1] ?? '');
const open = args.includes('--open');
const paths = args.filter((arg) => arg !== '--open');
const ending = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => {
    // a second time: whatever it hangs in, it ends now
    if (ending.signal.aborted) process.exit(130);
    ending.abort();
  });

if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
  console.error('platter: a port is a number from 0 to 65535');
  process.exit(2);
}
try {
  const print = (line: string): void => console.log(line);
  const warn = (line: string): void => console.error(line);
  await runServe({ paths, fallback: 'home', port: Number(port), open, version: VERSION, print, warn }, ending.signal);
} catch (thrown) {
  const error = asPlatterError(thrown);
  console.error(`platter: ${[error.message, error.place.hint].join(' ').trimEnd()}`);
  process.exitCode = error.kind === 'bug' ? 70 : error.kind === 'refusal' ? 3 : 4;
}
