import { asPlatterError } from '../../core/errors.ts';
import { runServe } from './run.ts';

// What `npm start` runs where no window can be opened: PATH… [--open] [--port N]
const args = process.argv.slice(2);
const port = args.indexOf('--port');
const value = port < 0 ? '0' : (args.splice(port, 2)[1] ?? '');
const open = args.includes('--open');
const paths = args.filter((arg) => arg !== '--open');
const ending = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => ending.abort());

try {
  await runServe(
    {
      paths,
      fallback: 'home',
      port: Number(value),
      open,
      version: '0.1.0',
      print: (line) => console.log(line),
      warn: (line) => console.error(line),
    },
    ending.signal,
  );
} catch (thrown) {
  const error = asPlatterError(thrown);
  console.error(`platter: ${error.message}`);
  process.exitCode = error.kind === 'bug' ? 70 : error.kind === 'refusal' ? 3 : 4;
}
