import type { ImageSummary } from '../../core/chain/summary.ts';
import { vhdTimeToIso } from '../../core/formats/vhd/constants.ts';
import { footer as footerTable } from '../../core/formats/vhd/layout.ts';
import type { Image } from '../../core/image.ts';
import { formatBytes, formatCount } from '../../core/structure/text.ts';
import type { ImageDetail } from '../contract/types.ts';

type Fact = ImageDetail['facts'][number];

const fact = (label: string, value: string, title: string | null = null, mono = false): Fact => {
  return { label, value, title, mono };
};
const size = (label: string, bytes: number): Fact => fact(label, formatBytes(bytes), `${formatCount(bytes)} bytes`);

const KINDS = { fixed: 'Fixed', dynamic: 'Dynamic', differencing: 'Differencing' };

/** An image in label and value pairs, in reading order. */
export function facts(image: Image, summary: ImageSummary): Fact[] {
  const { vhd } = summary;
  const modified = fact('Modified', new Date(summary.modified).toISOString().replace(/\.\d+Z$/, 'Z'), null, true);
  if (!vhd) {
    const what = summary.foreign ?? (image.format === 'raw' ? 'Raw disk' : 'Unknown');
    return [fact('Kind', what), size('File size', summary.fileSize), size('On disk', summary.diskBytes), modified];
  }
  const out = [fact('Kind', vhd.kind === null ? 'Not known' : KINDS[vhd.kind])];
  if (vhd.id !== null) out.push(fact('Unique id', vhd.id, null, true));
  if (vhd.virtualSize !== null) out.push(size('Virtual size', vhd.virtualSize));
  if (vhd.parent) out.push(fact('Parent', vhd.parent.name === '' ? 'no name' : vhd.parent.name, null, true));
  out.push(size('File size', summary.fileSize), size('On disk', summary.diskBytes));
  if (vhd.parent) out.push(fact('Parent id', vhd.parent.id, null, true));
  if (vhd.blockSize !== null) out.push(size('Block size', vhd.blockSize));
  if (vhd.blocks) out.push(fact('Blocks', `${formatCount(vhd.blocks.allocated)} of ${formatCount(vhd.blocks.total)}`));
  if (vhd.created !== null) out.push(fact('Created', vhdTimeToIso(vhd.created), null, true));
  const chosen = image.vhd?.footer;
  if (chosen) {
    const fields = footerTable.decode(chosen.bytes);
    const text = (name: string): string => fields.find((field) => field.name === name)?.text ?? '';
    out.push(fact('Creator', `${text('creatorApplication')} ${text('creatorVersion')}`));
    out.push(fact('Hidden', vhd.hidden ? 'yes' : 'no'));
    if (vhd.savedState) out.push(fact('Saved state', 'yes'));
  }
  out.push(modified);
  return out;
}
