import { runVhdUtil } from './vhd-util/run.ts';

// A reader that has seen enough closes the pipe (`| head`): no error, nothing more to say.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runVhdUtil(process.argv.slice(2), {
  stdout: (chunk) => new Promise<void>((done) => process.stdout.write(chunk, () => done())),
  stderr: (text) => process.stderr.write(text),
  cwd: process.cwd(),
});
