import type { Finding } from '../../../findings/finding.ts';
import { makeFinding } from '../../../findings/make.ts';
import { formatBytes, formatOffset } from '../../../structure/text.ts';
import { HEADER_COOKIE, SECTOR } from '../constants.ts';
import { footer } from '../layout.ts';
import type { VhdImage } from '../read.ts';
import { counted, fieldParts } from './context.ts';
import { laidOutFixed } from './survey.ts';

/** Rules of disks whose type says fixed, and of those that are laid out so without saying it. */
export function checkFixed(image: VhdImage): Finding[] {
  const { footer: chosen, footers, kind } = image;
  if (!chosen || !laidOutFixed(image)) return [];
  const { copy } = footers;
  if (kind === 'fixed' && copy?.valid && copy !== chosen && copy.value.uniqueId === chosen.value.uniqueId) {
    const message = `The footer says that the disk is fixed, but the file begins with a copy of it, as only dynamic and differencing disks do: what it holds would be read as if it were the guest's own bytes.`;
    return [makeFinding('footer.disk-type', 'decision', message, fieldParts(footer, chosen.at, 'diskType'))];
  }
  const findings: Finding[] = [];
  if (kind === 'dynamic' || kind === 'differencing') {
    const message = `The footer says that the disk is ${kind}, but there is no ${HEADER_COOKIE} header, and the file has exactly the shape of a fixed disk: ${formatBytes(chosen.at)} of data and the footer.`;
    findings.push(makeFinding('footer.disk-type', 'decision', message, fieldParts(footer, chosen.at, 'diskType')));
  }
  const { currentSize } = chosen.value;
  if (currentSize === 0n || currentSize > BigInt(Number.MAX_SAFE_INTEGER)) return findings;
  const size = Number(currentSize);
  const held = chosen.at;
  const parts = fieldParts(footer, chosen.at, 'currentSize');
  if (size > held) {
    const from = Math.floor(held / SECTOR) * SECTOR;
    const message = `The footer says that the disk holds ${formatBytes(size)} (${formatOffset(size)}), but the file holds ${formatOffset(held)} bytes before the footer: ${counted(size - held, 'byte')} are missing.`;
    findings.push(
      makeFinding('fixed.size-mismatch', 'some-loss', message, {
        ...parts,
        lost: [{ offset: from, length: Math.floor(size / SECTOR) * SECTOR - from }].filter(({ length }) => length > 0),
      }),
    );
  } else if (size < held && held % SECTOR !== 0) {
    const message = `The footer at ${formatOffset(held)} is good but not on a sector boundary: ${counted(held - size, 'byte')} stand between the end of the disk at ${formatOffset(size)} and it. Readers that work in sectors, as vhd-util does, do not find it.`;
    findings.push(
      makeFinding('image.unaligned', 'no-loss', message, {
        offset: size,
        length: held - size,
        repairs: ['realign'],
      }),
    );
  } else if (size < held) {
    const message = `The footer says that the disk holds ${formatBytes(size)} (${formatOffset(size)}), but ${formatOffset(held)} bytes stand before the footer: no guest sees the last ${counted(held - size, 'byte')}.`;
    findings.push(
      makeFinding('fixed.size-mismatch', 'decision', message, {
        ...parts,
        severity: 'warning',
      }),
    );
  }
  return findings;
}
