import { version } from '../../package.json';
import { argumentsOf } from './argv.ts';
import { streamSink } from './streams.ts';

const argv = argumentsOf(process.argv.slice(2));
const stdout = streamSink(process.stdout);
const stderr = streamSink(process.stderr);

if (argv[0] === '--version' || argv[0] === '-V') {
  // the one answer that needs nothing else of the program
  await stdout.write(`${version}\n`).catch(() => {});
} else if (argv[0] === 'vhd-util') {
  // speaks another program's language, options and exit codes included
  const { runOnProcess } = await import('./vhd-util/process.ts');
  process.exitCode = await runOnProcess(argv.slice(1));
} else {
  const ending = new AbortController();
  const end = (): void => {
    // a second time: whatever it hangs in, it ends now
    if (ending.signal.aborted) process.exit(130);
    ending.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, end);
  const [{ runCli }, { accessTimeMoved, nodeFiles }] = await Promise.all([
    import('./frame.ts'),
    import('../../core/io/node/files.ts'),
  ]);
  // not process.exit: what is still to be written to a pipe would be lost
  process.exitCode = await runCli(argv, {
    files: nodeFiles,
    stdout,
    stderr,
    env: process.env,
    cwd: process.cwd(),
    now: Date.now,
    signal: ending.signal,
    accessTimeMoved,
  });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, end);
}
