import { version } from '../../../package.json';
import { runServe } from '../../web/run.ts';
import { command, EXIT, UsageError } from '../command.ts';
import { parseCount } from '../numbers.ts';

interface ServeOptions {
  port: number;
  open: boolean;
}

export const serveCommand = command<ServeOptions>({
  name: 'serve',
  summary: 'serve the screens to a browser of this machine',
  description:
    'Prints an address that lets one browser in, once. Only the folders given are visible there; without any, the working\n' +
    'folder. Nobody outside this machine can reach it. Ctrl-C ends it.',
  arguments: [{ name: '[folder...]', help: 'folders to serve, or images to open' }],
  options: [
    { flags: '--port <number>', help: 'port on the loopback address (default: any free one)', parse: parsePort },
    { flags: '--open', help: 'open the default browser' },
  ],
  exits: {
    0: 'ended by Ctrl-C',
    3: 'refused: no such folder',
    4: 'failed: the port is taken, or the screens were not built',
  },
  async run(paths, { port = 0, open = false }, { out, err, signal }) {
    const print = (to: typeof out) => (line: string) => void to.line(line).catch(() => {});
    await runServe(
      { paths: [...paths], fallback: 'cwd', port, open, version, print: print(out), warn: print(err) },
      signal,
    );
    return EXIT.ok;
  },
});

function parsePort(text: string): number {
  const port = parseCount(text);
  if (port > 65_535) throw new UsageError('A port is a number from 0 to 65535.');
  return port;
}
