import { applyEnvironment } from '../../../app/services/operations/environment.ts';
import { type LogEntry, readLog } from '../../../core/apply/log.ts';
import { command } from '../command.ts';
import { safe } from '../output.ts';

export const logCommand = command<object>({
  name: 'log',
  summary: 'list what was done, to all images or to one',
  description:
    'Each line of the log carries the hash of the line before, so that a line that was changed or taken out is noticed.',
  arguments: [{ name: '[image]', help: 'only operations on this image' }],
  options: [],
  exits: { 1: 'the log itself was changed or torn' },
  async run([image], _options, { files, out, err, json }) {
    const env = applyEnvironment();
    const { entries, broken } = await readLog(env);
    const path = image === undefined ? null : files.resolve(image);
    const real = path === null ? null : ((await files.real(path)) ?? path);
    const wanted = entries.filter(({ target, output }) => real === null || target === real || output === real);
    if (json) {
      await out.json({ schema: 'platter.log/1', entries: wanted, broken });
    } else {
      if (wanted.length === 0) await out.line('No operations.');
      for (const entry of wanted) await out.line(safe(describe(entry)));
    }
    for (const { line, why } of broken) await err.line(`platter: warning: line ${line} of the log: ${why}`);
    return broken.length > 0 ? 1 : 0;
  },
});

function describe({ time, operation, event, kind, strategies, target, output, who, note }: LogEntry): string {
  const what = strategies.length > 0 ? `${kind} (${strategies.join(', ')})` : kind;
  const where = output === null ? target : `${target} → ${output}`;
  return `${time}  ${operation}  ${event.padEnd(11)} ${what}  ${where}  by ${who}${note === null ? '' : `: ${note}`}`;
}
