import { type ExplainedLine, explainLines } from '../../../core/vmfs/identifiers.ts';
import { command, EXIT, UsageError } from '../command.ts';
import { type Output, safe } from '../output.ts';

export const vmlCommand = command<object>({
  name: 'vml',
  summary: 'explain vml paths, device names, volume ids, and lines that list them',
  description:
    'Takes a vml path, an naa., eui., t10. or mpx. name, a volume’s id, or lines of esxcfg-vmhbadevs -m and of ls -l in\n' +
    '/vmfs/devices/disks and /vmfs/volumes. Several lines can be given as one text in quotes.',
  arguments: [{ name: '<text...>', help: 'what is to be explained' }],
  options: [],
  exits: { 0: 'explained', 1: 'nothing in it was understood' },
  examples: [
    'platter vml vml.0200030000600144f07ed404000000496ff8cd0003434f4d535441:1',
    'platter vml "vmhba32:1:3:1    /dev/sdf1    49716cd8-ebcbbf9a-6792-000d60d46e2e"',
  ],
  async run(words, _options, context) {
    const lines = explainLines(words.join(' '));
    if (lines.length === 0) throw new UsageError('Give a text to explain.');
    if (context.json) await context.out.json({ schema: 'platter.vml/1', lines });
    else
      for (const [index, line] of lines.entries()) {
        if (index > 0) await context.out.line();
        for (const text of textOf(line, context.out)) await context.out.line(text);
      }
    return lines.every(({ kind }) => kind === 'unknown') ? EXIT.findings : EXIT.ok;
  },
});

function* textOf(explained: ExplainedLine, out: Output): Generator<string> {
  yield out.style('bold', safe(explained.line));
  if (explained.kind === 'unknown') yield '  Not understood.';
  for (const [label, text] of rowsOf(explained)) yield `  ${out.style('dim', label.padEnd(12))}  ${safe(text)}`;
  for (const note of explained.notes) yield `  ${out.style('dim', 'note'.padEnd(12))}  ${safe(note)}`;
}

function rowsOf({ vml, naa, t10, path, device, volume, label }: ExplainedLine): [string, string][] {
  const rows: [string, string][] = [];
  if (path) {
    const channel = path.channel === null ? '' : `, channel ${path.channel}`;
    const part = path.partition === null ? 'the whole disk' : `partition ${path.partition}`;
    rows.push(['path', `adapter vmhba${path.adapter}${channel}, target ${path.target}, LUN ${path.lun}, ${part}`]);
  }
  if (device) rows.push(['linux name', device]);
  if (vml) {
    rows.push(['id type', `${vml.type}, ${vml.typeName}`]);
    if (vml.deviceType !== null) rows.push(['device type', `${vml.deviceType}, ${vml.deviceTypeName}`]);
    if (vml.lun !== null) rows.push(['LUN', String(vml.lun)]);
    rows.push(['partition', vml.partition === null ? 'the whole disk' : String(vml.partition)]);
    rows.push(['id', vml.id.idHex]);
    if (vml.id.text) rows.push([vml.type === 0 ? 'path' : 'serial', vml.id.text]);
    if (vml.id.product !== null) rows.push(['product', `${vml.id.product} (its first six characters)`]);
  }
  const name = vml?.id.naa ?? naa;
  if (name) {
    rows.push(['name', name.name]);
    rows.push(['format', name.format]);
    if (name.oui) rows.push(['vendor', `${name.oui}${name.vendor ? `, ${name.vendor}` : ''}`]);
    rows.push(['number', name.rest]);
  }
  if (t10) rows.push(['T10 name', t10.text]);
  if (label !== null) rows.push(['datastore', label]);
  if (volume) {
    rows.push(['volume id', volume.text]);
    rows.push(['made', volume.created ?? 'never: nil']);
    rows.push(['by host', volume.hostMac ?? 'none']);
  }
  return rows;
}
