import { command } from '../command.ts';
export const serveCommand = command({
  name: 'serve',
  summary: '',
  arguments: [],
  options: [],
  exits: {},
  run: () => Promise.resolve(0),
});
