import {
  ascii,
  bytes,
  type Codec,
  guidLe,
  NIL_UUID,
  u32le,
  u64le,
  utf16,
  x32le,
  x64le,
} from '../../structure/codecs.ts';
import { row, structure } from '../../structure/structure.ts';
import { formatBytes } from '../../structure/text.ts';

const SPEC = 'UEFI 2.10';

export const GPT_SIGNATURE = 'EFI PART';
/** Bytes of the header its own checksum covers, as every known writer makes it. */
export const GPT_HEADER_LENGTH = 92;
export const GPT_ENTRY_LENGTH = 128;

/** Partition types met on disks of virtual machines and their hosts. */
const TYPES: Record<string, string> = {
  [NIL_UUID]: 'not used',
  'c12a7328-f81f-11d2-ba4b-00a0c93ec93b': 'EFI system partition',
  '21686148-6449-6e6f-744e-656564454649': 'BIOS boot, for GRUB',
  'e3c9e316-0b5c-4db8-817d-f92df00215ae': 'Microsoft reserved',
  'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7': 'Microsoft basic data',
  'de94bba4-06d1-4d40-a16a-bfd50179d6ac': 'Windows recovery',
  '5808c8aa-7e8f-42e0-85d2-e1e90434cfb3': 'Windows dynamic disk, metadata',
  'af9b60a0-1431-4f62-bc68-3311714a69ad': 'Windows dynamic disk, data',
  'e75caf8f-f680-4cee-afa3-b001e56efc2d': 'Windows storage spaces',
  '0fc63daf-8483-4772-8e79-3d69d8477de4': 'Linux',
  '933ac7e1-2eb4-4f13-b844-0e14e2aef915': 'Linux /home',
  '3b8f8425-20e0-4f3b-907f-1a25a76f98e8': 'Linux /srv',
  '4d21b016-b534-45c2-a9fb-5c16e091fd2d': 'Linux /var',
  '4f68bce3-e8cd-4db1-96e7-fbcaf984b709': 'Linux root, x86-64',
  'b921b045-1df0-41c3-af44-4c6f280d3fae': 'Linux root, 64-bit ARM',
  '0657fd6d-a4ab-43c4-84e5-0933c84b4f4f': 'Linux swap',
  'e6d6d379-f507-44c2-a23c-238f2a3df928': 'Linux LVM',
  'a19d880f-05fc-4d3b-a006-743f0f84911e': 'Linux RAID',
  'bc13c2ff-59e6-4262-a352-b275fd6f7172': 'Linux /boot',
  'ca7d7ccb-63ed-4c53-861c-1742536059cc': 'Linux LUKS',
  '48465300-0000-11aa-aa11-00306543ecac': 'HFS+',
  '7c3457ef-0000-11aa-aa11-00306543ecac': 'APFS',
  '6a898cc3-1dd2-11b2-99a6-080020736631': 'ZFS, Solaris /usr',
  '83bd6b9d-7f41-11dc-be0b-001560b84f0f': 'FreeBSD boot',
  '516e7cb4-6ecf-11d6-8ff8-00022d09712b': 'FreeBSD',
  '516e7cb5-6ecf-11d6-8ff8-00022d09712b': 'FreeBSD swap',
  '516e7cb6-6ecf-11d6-8ff8-00022d09712b': 'FreeBSD UFS',
  '516e7cba-6ecf-11d6-8ff8-00022d09712b': 'FreeBSD ZFS',
  'aa31e02a-400f-11db-9590-000c2911d1b8': 'VMware VMFS',
  '9d275380-40ad-11db-bf97-000c2911d1b8': 'VMware core dump',
  '9198effc-31c0-11db-8f78-000c2911d1b8': 'VMware reserved',
  '381cfccc-7288-11e0-92ee-000c2911d0b2': 'VMware vSAN',
  '4eb2ea39-7855-4790-a79e-fae495e21f8d': 'VMware VMFS-L or OSDATA',
  '77719a0c-a4a0-11e3-a47e-000c29745a24': 'VMware Virsto',
  'b3676ddd-a38a-4cd6-b970-718d7f873811': 'VMware NVMe tiering',
};

export function gptTypeName(type: string): string {
  return TYPES[type] ?? 'unknown';
}

const revision: Codec<number> = { ...u32le, toText: (value) => `${value >>> 16}.${value & 0xffff}` };

export interface GptHeader {
  signature: string;
  revision: number;
  headerSize: number;
  headerCrc32: number;
  reserved: number;
  myLba: bigint;
  alternateLba: bigint;
  firstUsableLba: bigint;
  lastUsableLba: bigint;
  diskGuid: string;
  partitionEntryLba: bigint;
  numberOfPartitionEntries: number;
  sizeOfPartitionEntry: number;
  partitionEntryArrayCrc32: number;
  reserved2: Uint8Array;
}

/** The header of a GUID partition table; one stands in sector 1, its twin in the disk's last sector. */
export const gptHeader = structure<GptHeader>(
  'gpt.header',
  512,
  {
    title: 'GPT header',
    help: 'Says where the partition entries are and which sectors they may use. It stands twice: in sector 1 and in the last sector.',
    spec: `${SPEC}, 5.3.2 GPT header`,
  },
  {
    signature: row(0, ascii(8), 'Marks the structure: EFI PART.', {
      explain: (value) => (value === GPT_SIGNATURE ? null : 'should be EFI PART'),
    }),
    revision: row(8, revision, 'Version of the header; 1.0 is the only one.'),
    headerSize: row(12, u32le, 'Bytes of the header that its checksum covers; 92 as a rule.'),
    headerCrc32: row(16, x32le, 'CRC-32 of the header, with this field taken as zero.'),
    reserved: row(20, u32le, 'Reserved, zero.', { reserved: true }),
    myLba: row(24, u64le, 'The sector this header stands in.'),
    alternateLba: row(32, u64le, 'The sector its twin stands in.'),
    firstUsableLba: row(40, u64le, 'First sector a partition may use.'),
    lastUsableLba: row(48, u64le, 'Last sector a partition may use.'),
    diskGuid: row(56, guidLe, 'Id of the disk.'),
    partitionEntryLba: row(72, u64le, 'The sector the partition entries start in.'),
    numberOfPartitionEntries: row(80, u32le, 'Entries there is room for; 128 as a rule.'),
    sizeOfPartitionEntry: row(84, u32le, 'Bytes of an entry; 128 as a rule.'),
    partitionEntryArrayCrc32: row(88, x32le, 'CRC-32 of all entries, used or not.'),
    reserved2: row(92, bytes(420), 'Reserved, zero.', { reserved: true }),
  },
);

export interface GptEntry {
  partitionTypeGuid: string;
  uniquePartitionGuid: string;
  startingLba: bigint;
  endingLba: bigint;
  attributes: bigint;
  partitionName: string;
}

/** One partition of a GUID partition table. */
export const gptEntry = structure<GptEntry>(
  'gpt.entry',
  GPT_ENTRY_LENGTH,
  {
    title: 'GPT entry',
    help: 'Says where one partition starts and ends, what it holds and what it is called.',
    spec: `${SPEC}, 5.3.3 GPT partition entry array`,
  },
  {
    partitionTypeGuid: row(0, guidLe, 'What the partition holds; nil when the entry is not used.', {
      explain: gptTypeName,
    }),
    uniquePartitionGuid: row(16, guidLe, 'Id of the partition.'),
    startingLba: row(32, u64le, 'First sector.', { explain: (value) => formatBytes(value * 512n) }),
    endingLba: row(40, u64le, 'Last sector; it belongs to the partition.'),
    attributes: row(
      48,
      x64le,
      'Bits: 0 needed by the platform, 1 hidden from EFI, 2 legacy bootable, 48 and up by type.',
      {
        explain: explainAttributes,
      },
    ),
    partitionName: row(56, utf16(72, 'little'), 'Name for people, UTF-16.'),
  },
);

function explainAttributes(value: bigint): string | null {
  const parts = [];
  if (value & 1n) parts.push('needed by the platform');
  if (value & 2n) parts.push('hidden from EFI');
  if (value & 4n) parts.push('legacy bootable');
  if (value >> 48n) parts.push('bits of its own type');
  return parts.length ? parts.join(', ') : null;
}
