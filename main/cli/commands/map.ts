import { command } from '../command.ts';
export const mapCommand = command({
  name: 'map',
  summary: '',
  arguments: [],
  options: [],
  exits: {},
  run: () => Promise.resolve(0),
});
