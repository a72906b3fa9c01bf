import { command } from '../command.ts';
export const scanCommand = command({
  name: 'scan',
  summary: '',
  arguments: [],
  options: [],
  exits: {},
  run: () => Promise.resolve(0),
});
