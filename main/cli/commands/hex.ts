import { command } from '../command.ts';
export const hexCommand = command({
  name: 'hex',
  summary: '',
  arguments: [],
  options: [],
  exits: {},
  run: () => Promise.resolve(0),
});
