import { OutputClosed } from '../output.ts';
import { streamSink } from '../streams.ts';
import { asErrno } from './errno.ts';
import { runVhdUtil } from './run.ts';

/** Runs `vhd-util ARGV…` on this process's streams and answers the exit code. A reader that went away ends it quietly. */
export async function runOnProcess(argv: string[]): Promise<number> {
  const stdout = streamSink(process.stdout);
  try {
    return await runVhdUtil(argv, {
      stdout: (chunk) => stdout.write(chunk),
      stderr: (text) => process.stderr.write(text),
      cwd: process.cwd(),
    });
  } catch (thrown) {
    if (thrown instanceof OutputClosed) return 0;
    const failure = asErrno(thrown);
    process.stderr.write(`vhd-util: ${thrown instanceof Error ? thrown.message : failure.message}\n`);
    return failure.number;
  }
}
