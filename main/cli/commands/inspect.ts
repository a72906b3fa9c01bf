import { command } from '../command.ts';
export const inspectCommand = command({
  name: 'inspect',
  summary: '',
  arguments: [],
  options: [],
  exits: {},
  run: () => Promise.resolve(0),
});
