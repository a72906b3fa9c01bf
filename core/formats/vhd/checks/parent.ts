import type { Finding } from '../../../findings/finding.ts';
import { makeFinding } from '../../../findings/make.ts';
import { NIL_UUID } from '../../../structure/codecs.ts';
import { msToVhdTime, vhdTimeToIso } from '../constants.ts';
import { dynamicHeader, footer as footerTable } from '../layout.ts';
import type { VhdImage } from '../read.ts';
import { type CheckContext, CLOCK_TOLERANCE, fieldParts } from './context.ts';

/** Whether a differencing disk says nothing at all of a parent: no id, no name, no locator. */
export function namesNoParent({ kind, header, locators }: VhdImage): boolean {
  if (kind !== 'differencing' || !header?.usable) return false;
  return header.value.parentUniqueId === NIL_UUID && header.value.parentUnicodeName === '' && locators.length === 0;
}

/** Rules of what a child says of its parent, without looking for the parent. */
export function checkParentReference(image: VhdImage, context: CheckContext): Finding[] {
  const { header, footer, kind } = image;
  if (kind !== 'differencing' || !header?.usable || !footer) return [];
  const { parentTimeStamp, parentUnicodeName } = header.value;
  if (namesNoParent(image)) {
    const message =
      'The footer says that the disk is differencing, but the header names no parent: the id is nil, the name is empty, and no locator is used. Either the type is wrong, or what named the parent has been wiped.';
    return [makeFinding('footer.disk-type', 'decision', message, fieldParts(footerTable, footer.at, 'diskType'))];
  }
  const findings: Finding[] = [];
  if (parentTimeStamp > msToVhdTime(context.now) + CLOCK_TOLERANCE) {
    const message = `The child remembers a parent that was last changed at ${vhdTimeToIso(parentTimeStamp)}, which is still to come.`;
    findings.push(
      makeFinding(
        'parent.timestamp-future',
        'cosmetic',
        message,
        fieldParts(dynamicHeader, header.at, 'parentTimeStamp'),
      ),
    );
  }
  const encoding = nameFault(parentUnicodeName);
  if (encoding) {
    findings.push(
      makeFinding('parent.name-encoding', 'cosmetic', encoding.message, {
        ...fieldParts(dynamicHeader, header.at, 'parentUnicodeName'),
        severity: encoding.severity,
      }),
    );
  }
  return findings;
}

/** What is unusual in how the parent's name is written; null when nothing is. */
function nameFault(name: string): { message: string; severity: 'warning' | 'info' } | null {
  const swapped = Array.from({ length: name.length }, (_, index) => swap(name.charCodeAt(index)));
  if (name.length > 1 && swapped.every((unit) => unit >= 0x20 && unit < 0x7f)) {
    const meant = String.fromCharCode(...swapped);
    return {
      message: `The parent's name is stored with its bytes swapped: it reads "${name}" and means "${meant}". Early versions of tapdisk wrote it so.`,
      severity: 'warning',
    };
  }
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(name)) {
    return {
      message: `The parent's name holds half of a character pair, so it is not valid UTF-16: "${name}".`,
      severity: 'info',
    };
  }
  if (/[^\x20-\x7e]/.test(name)) {
    return {
      message: `The parent's name, "${name}", is not plain ASCII. That is legal, but vhd-util cannot follow it and refuses the image.`,
      severity: 'info',
    };
  }
  return null;
}

function swap(unit: number): number {
  return ((unit & 0xff) << 8) | (unit >> 8);
}
