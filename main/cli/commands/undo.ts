import { applyEnvironment } from '../../../app/services/operations/environment.ts';
import type { Applied } from '../../../core/apply/apply.ts';
import { resume, rollback, undo } from '../../../core/apply/undo.ts';
import { refusal } from '../../../core/errors.ts';
import { type CommandContext, command } from '../command.ts';
import { safe } from '../output.ts';

async function print(applied: Applied, done: string, { out, json }: CommandContext): Promise<number> {
  if (json) await out.json({ schema: 'platter.undo/1', ...applied });
  else for (const line of [done, ...applied.notes]) await out.line(safe(line));
  return 0;
}

export const undoCommand = command<object>({
  name: 'undo',
  summary: 'take back an operation: bytes, lengths and times, or the file it made',
  arguments: [{ name: '<operation>', help: 'its id, as platter log shows it' }],
  options: [],
  exits: { 3: 'refused: the files are not what the operation left, or a later operation stands on it' },
  async run([operation = ''], _options, context) {
    const applied = await undo(operation, applyEnvironment(), { signal: context.signal });
    return print(applied, `${operation} was taken back.`, context);
  },
});

export const resumeCommand = command<object>({
  name: 'resume',
  summary: 'finish an operation on an image that was interrupted',
  arguments: [{ name: '<image>', help: 'the image it was changing' }],
  options: [],
  exits: { 3: 'refused: nothing was interrupted' },
  async run([image = ''], _options, context) {
    const path = context.files.resolve(image);
    const applied = await resume(path, applyEnvironment());
    // what follows in a script must not take the image for a finished one
    if (applied.operation === '')
      throw refusal(
        'undo-not-possible',
        `Nothing was interrupted on ${path} but the preparation: no byte of it was written, and there is nothing to finish.`,
        { path, hint: 'Run the command again that was interrupted.' },
      );
    return print(applied, `${context.shown(image)}: done.`, context);
  },
});

export const rollbackCommand = command<object>({
  name: 'rollback',
  summary: 'take back an operation on an image that was interrupted',
  arguments: [{ name: '<image>', help: 'the image it was changing' }],
  options: [],
  exits: { 3: 'refused: nothing was interrupted' },
  async run([image = ''], _options, context) {
    return print(
      await rollback(context.files.resolve(image), applyEnvironment()),
      `${context.shown(image)}: rolled back.`,
      context,
    );
  },
});
