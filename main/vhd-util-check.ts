import path from 'node:path';

/** Text kept of an answer: a damaged image can have a line for each of its blocks. */
const MAX_TEXT = 256 * 1024;

/** What `vhd-util check -n NAME` prints of an image, run in its folder, and its exit code; what is not `visible` is not there. */
export async function vhdUtilCheck(
  file: string,
  visible?: (path: string) => Promise<boolean>,
): Promise<{ exitCode: number; text: string }> {
  const { runVhdUtil } = await import('./cli/vhd-util/run.ts');
  let text = '';
  const take = (chunk: Uint8Array | string): void => {
    if (text.length < MAX_TEXT) text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
  };
  const io = { stdout: take, stderr: take, cwd: path.dirname(file), ...(visible && { visible }) };
  const exitCode = await runVhdUtil(['check', '-n', path.basename(file)], io);
  return { exitCode, text: text.slice(0, MAX_TEXT) };
}
