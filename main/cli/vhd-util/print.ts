import { batmapChecksum } from '../../../core/formats/vhd/batmap.ts';
import { VHD_EPOCH } from '../../../core/formats/vhd/constants.ts';
import { geometryBytes } from '../../../core/formats/vhd/geometry.ts';
import { locatorEntries } from '../../../core/formats/vhd/locators.ts';
import { toHex } from '../../../core/structure/codecs.ts';
import { attempt, Errno } from './errno.ts';
import { footerSum, type Headers, headerSum } from './headers.ts';
import { type Batmap, NO_CODE, signedByte, type Vhd } from './libvhd.ts';
import { hex32, hexNumber, number, type Output } from './output.ts';
import { headerParentName, locatorText } from './parents.ts';

const TYPES = [
  'None',
  'Reserved (deprecated)',
  'Fixed hard disk',
  'Dynamic hard disk',
  'Differencing hard disk',
  'Reserved (deprecated)',
  'Reserved (deprecated)',
];

const CODES: Record<string, string> = {
  'Wi2r': 'PLAT_CODE_WI2R',
  'Wi2k': 'PLAT_CODE_WI2K',
  'W2ru': 'PLAT_CODE_W2RU',
  'W2ku': 'PLAT_CODE_W2KU',
  'Mac ': 'PLAT_CODE_MAC',
  'MacX': 'PLAT_CODE_MACX',
};

const SYSTEMS: Record<string, string> = { 'Wi2k': 'Windows', 'Mac ': 'Macintosh' };

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A VHD time as C's ctime writes it, in the local time zone. */
function ctime(seconds: number): string {
  const time = new Date((seconds + VHD_EPOCH) * 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
  const day = String(time.getDate()).padStart(2);
  return `${DAYS[time.getDay()] ?? ''} ${MONTHS[time.getMonth()] ?? ''} ${day} ${clock} ${time.getFullYear()}`;
}

function version(value: number): string {
  return `Major: ${value >>> 16}, Minor: ${value & 0xffff}`;
}

/** Characters of one byte each, up to the first zero, as the bytes they are. */
function raw(text: string): Uint8Array {
  const end = text.indexOf('\0');
  return Uint8Array.from(end < 0 ? text : text.slice(0, end), (char) => char.charCodeAt(0));
}

function checksum(stored: number, computed: number): string {
  return `Checksum            : ${hexNumber(stored)}|${hexNumber(computed)} (${stored === computed ? 'Good!' : 'Bad!'})`;
}

export async function printFooter(out: Output, vhd: Headers, hex: boolean): Promise<void> {
  const value = vhd.footer;
  const size = (bytes: bigint): string => `${number(bytes >> 20n, hex)} MB (${number(bytes, hex)} Bytes)`;
  const { cylinders, heads, sectors } = value.diskGeometry;
  const features = `${value.features & 1 ? '<TEMP>' : ''}${value.features & 2 ? '<RESV>' : ''}`;
  await out.line('VHD Footer Summary:\n-------------------');
  await out.line('Cookie              : ', raw(value.cookie));
  await out.line(`Features            : (${hex32(value.features)}) ${features}`);
  await out.line(`File format version : ${version(value.fileFormatVersion)}`);
  await out.line(`Data offset         : ${number(value.dataOffset, hex)}`);
  await out.line(`Timestamp           : ${ctime(value.timeStamp)}`);
  await out.line(`Creator Application : '`, raw(value.creatorApplication), `'`);
  await out.line(`Creator version     : ${version(value.creatorVersion)}`);
  await out.line(`Creator OS          : ${SYSTEMS[value.creatorHostOs] ?? 'Unknown!'}`);
  await out.line(`Original disk size  : ${size(value.originalSize)}`);
  await out.line(`Current disk size   : ${size(value.currentSize)}`);
  const geometry = `Cyl: ${number(cylinders, hex)}, Hds: ${number(heads, hex)}, Sctrs: ${number(sectors, hex)}`;
  await out.line(`Geometry            : ${geometry}`);
  await out.line(`                    : = ${size(BigInt(geometryBytes(value.diskGeometry)))}`);
  await out.line(`Disk type           : ${TYPES[value.diskType] ?? 'Unknown type!\n'}`);
  await out.line(checksum(value.checksum, footerSum(vhd.footerBytes)));
  await out.line(`UUID                : ${value.uniqueId}`);
  await out.line(`Saved state         : ${value.savedState === 0 ? 'No' : 'Yes'}`);
  await out.line(`Hidden              : ${signedByte(value.hidden)}`);
  await out.line();
}

export async function printHeader(out: Output, vhd: Headers, hex: boolean): Promise<void> {
  const value = vhd.header;
  await out.line('VHD Header Summary:\n-------------------');
  await out.line('Cookie              : ', raw(value.cookie));
  await out.line(`Data offset (unusd) : ${number(value.dataOffset, hex)}`);
  await out.line(`Table offset        : ${number(value.tableOffset, hex)}`);
  await out.line(`Header version      : ${hex32(value.headerVersion)}`);
  await out.line(`Max BAT size        : ${number(value.maxTableEntries, hex)}`);
  await out.line(`Block size          : ${number(value.blockSize, hex)} (${number(value.blockSize >>> 20, hex)} MB)`);
  await out.line(`Parent name         : ${headerParentName(vhd) ?? 'failed to read name'}`);
  await out.line(`Parent UUID         : ${value.parentUniqueId}`);
  await out.line(`Parent timestamp    : ${ctime(value.parentTimeStamp)}`);
  await out.line(checksum(value.checksum, headerSum(vhd.headerBytes)));
  await out.line();
}

async function printLocators(out: Output, vhd: Vhd, hex: boolean): Promise<void> {
  await out.line('VHD Parent Locators:\n--------------------');
  for (const [index, entry] of locatorEntries(vhd.header).entries()) {
    if (entry.platformCode === NO_CODE) continue;
    await out.line(`locator:            : ${index}`);
    await out.line(`       code         : ${CODES[entry.platformCode] ?? ''}`);
    await out.line(`       data_space   : ${number(entry.dataSpace, hex)}`);
    await out.line(`       data_length  : ${number(entry.dataLength, hex)}`);
    await out.line(`       data_offset  : ${number(entry.dataOffset, hex)}`);
    const text = await attempt(() => locatorText(vhd, entry));
    await out.line(text instanceof Errno ? 'failed to read parent name' : `       decoded name : ${text}`);
    await out.line();
  }
}

async function printBatmap(out: Output, { header, map }: Batmap, hex: boolean): Promise<void> {
  await out.line('VHD Batmap Summary:\n-------------------');
  await out.line(`Batmap offset       : ${number(header.batmapOffset, hex)}`);
  await out.line(`Batmap size (secs)  : ${number(header.batmapSize, hex)}`);
  await out.line(`Batmap version      : ${hex32(header.batmapVersion)}`);
  if (header.keyHashCookie === 1) {
    await out.line(`Batmap keyhash nonce: ${toHex(header.keyHashNonce)}`);
    await out.line(`Batmap keyhash hash : ${toHex(header.keyHash)}`);
  }
  await out.line(checksum(header.checksum, batmapChecksum(map, header.batmapVersion)));
  await out.line();
}

/** All that `read -p` prints; a bad batmap ends it, and is no failure. */
export async function printAll(out: Output, vhd: Vhd, hex: boolean): Promise<void> {
  await printFooter(out, vhd, hex);
  await printHeader(out, vhd, hex);
  if (vhd.differencing) await printLocators(out, vhd, hex);
  if (!(await vhd.hasBatmap())) return;
  const batmap = await attempt(() => vhd.batmap());
  if (batmap instanceof Errno) await out.line('failed to get batmap header');
  else await printBatmap(out, batmap, hex);
}
