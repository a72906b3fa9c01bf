import { SparseBuilder } from '../io/sparse.ts';
import { encodeUtf16, u16le, u32be, u32le, u64be, u64le } from '../structure/codecs.ts';

const MIB = 1024 * 1024;

type Value = string | Uint8Array | [codec: 16 | 32 | 64 | -32 | -64, value: number];

/** Bytes by their places: Latin-1 text, bytes, or a number of so many bits, big-endian when negative. */
function signature(size: number, fields: readonly (readonly [at: number, value: Value])[]): SparseBuilder {
  const image = new SparseBuilder();
  image.resize(size);
  for (const [at, value] of fields) image.put(at, bytesOf(value));
  return image;
}

function bytesOf(value: Value): Uint8Array {
  if (typeof value === 'string') return Uint8Array.from(value, (character) => character.charCodeAt(0));
  if (value instanceof Uint8Array) return value;
  const [kind, number] = value;
  const out = new Uint8Array(Math.abs(kind) / 8);
  if (kind === 16) u16le.write(out, 0, number);
  else if (Math.abs(kind) === 32) (kind > 0 ? u32le : u32be).write(out, 0, number);
  else (kind > 0 ? u64le : u64be).write(out, 0, BigInt(number));
  return out;
}

/** A UUID of sixteen equal bytes. */
const ID = new Uint8Array(16).fill(0x5a);
const guid = '5a5a5a5a-5a5a-5a5a-5a5a-5a5a5a5a5a5a';

interface Sample {
  image: SparseBuilder;
  /** What is recognised. */
  expected: { type: string; label: string | null; id: string | null; size: number | null; state: string | null };
}

function ext(type: 'ext2' | 'ext3' | 'ext4', more: { recovery?: boolean } = {}): Sample {
  const journal = type === 'ext2' ? 0 : 4;
  const incompatible = (type === 'ext4' ? 0x42 : 2) | (more.recovery ? 4 : 0);
  const image = signature(8 * MIB, [
    [1024 + 4, [32, 2048]],
    [1024 + 0x18, [32, 2]],
    [1024 + 0x38, [16, 0xef53]],
    [1024 + 0x3a, [16, 1]],
    [1024 + 0x5c, [32, journal]],
    [1024 + 0x60, [32, incompatible]],
    [1024 + 0x68, ID],
    [1024 + 0x78, 'daten'],
  ]);
  const state = more.recovery ? 'needs-recovery' : 'clean';
  return { image, expected: { type, label: 'daten', id: guid, size: 8 * MIB, state } };
}

function ntfs(dirty: boolean): Sample {
  const record = new Uint8Array(1024);
  const name = encodeUtf16('Windows', 'little');
  const put = (at: number, value: Value): void => record.set(bytesOf(value), at);
  put(0, 'FILE');
  put(4, [16, 48]);
  put(6, [16, 3]);
  put(20, [16, 56]);
  put(56, [32, 0x60]);
  put(60, [32, 40]);
  put(72, [32, name.length]);
  put(76, [16, 24]);
  put(80, name);
  put(96, [32, 0x70]);
  put(100, [32, 40]);
  put(116, [16, 24]);
  put(130, [16, dirty ? 1 : 0]);
  put(136, [32, 0xffff_ffff]);
  const image = signature(8 * MIB, [
    [0, '\xeb\x52\x90NTFS    '],
    [11, [16, 512]],
    [13, '\x08'],
    [40, [64, 16_383]],
    [48, [64, 4]],
    [64, '\xf6'],
    [72, [64, 0x1234_5678]],
    [510, '\x55\xaa'],
    [4 * 4096 + 3 * 1024, record],
  ]);
  const state = dirty ? 'dirty' : 'clean';
  return { image, expected: { type: 'ntfs', label: 'Windows', id: '0000000012345678', size: 16_383 * 512, state } };
}

function fat(bits: 12 | 16 | 32): Sample {
  const total = { 12: 2880, 16: 65_536, 32: 131_072 }[bits];
  const table = { 12: 9, 16: 64, 32: 1024 }[bits];
  const wide = bits === 32;
  const reserved = wide ? 32 : 1;
  const extended = wide ? 64 : 36;
  const root = (reserved + 2 * table) * 512;
  const image = signature(total * 512, [
    [0, '\xeb\x3c\x90mkfs.fat'],
    [11, [16, 512]],
    [13, bits === 16 ? '\x04' : '\x01'],
    [14, [16, reserved]],
    [16, '\x02'],
    [17, [16, wide ? 0 : 224]],
    [21, '\xf8'],
    [22, [16, wide ? 0 : table]],
    [32, [32, total]],
    [extended + 2, '\x29'],
    [extended + 3, [32, 0x1234_abcd]],
    [extended + 7, 'NO NAME    '],
    [510, '\x55\xaa'],
    [reserved * 512, '\xf8\xff\xff\xff\xff\xff\xff\x0f'],
    [root, 'STICK      \x08'],
  ]);
  if (wide) {
    image.put(36, bytesOf([32, table]));
    image.put(44, bytesOf([32, 2]));
  }
  return {
    image,
    expected: { type: `fat${bits}`, label: 'STICK', id: '1234-ABCD', size: total * 512, state: 'clean' },
  };
}

function raid(version: '0.90' | '1.0' | '1.1' | '1.2'): Sample {
  const size = 8 * MIB;
  const at = { '0.90': size - 65_536, '1.0': size - 8192, '1.1': 0, '1.2': 4096 }[version];
  const old = version === '0.90';
  const image = signature(size, [
    [at, [32, 0xa92b_4efc]],
    [at + 4, [32, old ? 0 : 1]],
  ]);
  const fields: [number, Value][] = old
    ? [
        [at + 20, ID.slice(0, 4)],
        [at + 52, ID.slice(0, 12)],
        [at + 28, [32, 1]],
        [at + 32, [32, 8128]],
      ]
    : [
        [at + 16, ID],
        [at + 32, 'host:0'],
        [at + 72, [32, 1]],
        [at + 80, [64, 16_000]],
        [at + 144, [64, at / 512]],
      ];
  for (const [place, value] of fields) image.put(place, bytesOf(value));
  const label = old ? null : 'host:0';
  const used = old ? 8128 * 1024 : 16_000 * 512;
  return { image, expected: { type: 'linux-raid', label, id: guid, size: used, state: null } };
}

function plain(
  type: string,
  size: number,
  fields: readonly (readonly [number, Value])[],
  expected: Partial<Sample['expected']>,
): Sample {
  return {
    image: signature(size, fields),
    expected: { type, label: null, id: null, size: null, state: null, ...expected },
  };
}

const pair = (name: string, kind: number, value: Uint8Array): Uint8Array => {
  const padded = name.padEnd(Math.ceil(name.length / 4) * 4, '\0');
  const parts = [
    [-32, 0],
    [-32, 0],
    [-32, name.length],
  ] as [-32, number][];
  const head = parts.flatMap((one) => [...bytesOf(one)]);
  return Uint8Array.from([...head, ...bytesOf(padded), ...bytesOf([-32, kind]), ...bytesOf([-32, 1]), ...value]);
};

/** The start of every file system, container and member that is recognised, as its tools would make it. */
export const FILE_SYSTEMS: Record<string, () => Sample> = {
  'ext2': () => ext('ext2'),
  'ext3': () => ext('ext3'),
  'ext4': () => ext('ext4'),
  'ext4 with a journal to replay': () => ext('ext4', { recovery: true }),
  'XFS': () =>
    plain(
      'xfs',
      8 * MIB,
      [
        [0, 'XFSB'],
        [4, [-32, 4096]],
        [8, [-64, 2048]],
        [32, ID],
        [108, 'data'],
      ],
      {
        label: 'data',
        id: guid,
        size: 8 * MIB,
      },
    ),
  'Btrfs': () =>
    plain(
      'btrfs',
      8 * MIB,
      [
        [65_600, '_BHRfS_M'],
        [65_568, ID],
        [65_584, [64, 65_536]],
        [65_648, [64, 8 * MIB]],
        [65_835, 'b\xfcro'],
      ],
      {
        label: 'b\xfcro',
        id: guid,
        size: 8 * MIB,
        state: 'clean',
      },
    ),
  'NTFS': () => ntfs(false),
  'NTFS that was not unmounted': () => ntfs(true),
  'exFAT': () =>
    plain(
      'exfat',
      8 * MIB,
      [
        [0, '\xeb\x76\x90EXFAT   '],
        [72, [64, 16_384]],
        [88, [32, 2048]],
        [96, [32, 4]],
        [100, [32, 0x1234_abcd]],
        [106, [16, 2]],
        [108, '\x09\x03'],
        [510, '\x55\xaa'],
        [2048 * 512 + 2 * 4096, '\x83\x04'],
        [2048 * 512 + 2 * 4096 + 2, encodeUtf16('DISK', 'little')],
      ],
      { label: 'DISK', id: '1234-ABCD', size: 8 * MIB, state: 'dirty' },
    ),
  'FAT12': () => fat(12),
  'FAT16': () => fat(16),
  'FAT32': () => fat(32),
  'ReFS': () =>
    plain(
      'refs',
      8 * MIB,
      [
        [3, 'ReFS\0\0\0\0'],
        [16, 'FSRS'],
        [24, [64, 16_384]],
        [32, [32, 512]],
        [56, [64, 0xabcd]],
      ],
      {
        id: '000000000000ABCD',
        size: 8 * MIB,
      },
    ),
  'BitLocker': () =>
    plain(
      'bitlocker',
      MIB,
      [
        [0, '\xeb\x58\x90-FVE-FS-'],
        [510, '\x55\xaa'],
      ],
      {},
    ),
  'HFS+': () =>
    plain(
      'hfsplus',
      8 * MIB,
      [
        [1024, 'H+\0\x04'],
        [1028, [-32, 0x100]],
        [1064, [-32, 4096]],
        [1068, [-32, 2048]],
      ],
      {
        size: 8 * MIB,
        state: 'clean',
      },
    ),
  'APFS': () =>
    plain(
      'apfs',
      8 * MIB,
      [
        [32, 'NXSB'],
        [36, [32, 4096]],
        [40, [64, 2048]],
        [72, ID],
      ],
      { id: guid, size: 8 * MIB },
    ),
  'ISO 9660': () =>
    plain(
      'iso9660',
      MIB,
      [
        [32_768, '\x01CD001\x01'],
        [32_808, 'SETUP'.padEnd(32)],
        [32_848, [32, 512]],
        [32_896, [16, 2048]],
        [33_581, '2024030512000000'],
      ],
      { label: 'SETUP', id: '2024-03-05-12-00-00-00', size: MIB },
    ),
  'swap': () =>
    plain(
      'swap',
      MIB,
      [
        [4086, 'SWAPSPACE2'],
        [1024, [32, 1]],
        [1028, [32, 255]],
        [1036, ID],
        [1052, 'paging'],
      ],
      {
        label: 'paging',
        id: guid,
        size: MIB,
      },
    ),
  'LVM2': () =>
    plain(
      'lvm2',
      8 * MIB,
      [
        [512, 'LABELONE'],
        [520, [64, 1]],
        [532, [32, 32]],
        [536, 'LVM2 001'],
        [544, 'abcdefghijklmnopqrstuvwxyz012345'],
        [576, [64, 8 * MIB]],
        [584, [64, MIB]],
        [616, [64, 4096]],
        [4096 + 4, ' LVM2 x[5A%r0N*>'],
        [4096 + 40, [64, 512]],
        [4096 + 512, 'vg0 {\nid = "x"'],
      ],
      { label: 'vg0', id: 'abcdef-ghij-klmn-opqr-stuv-wxyz-012345', size: 8 * MIB },
    ),
  'LUKS1': () =>
    plain(
      'luks1',
      MIB,
      [
        [0, 'LUKS\xba\xbe\0\x01'],
        [168, guid],
      ],
      { id: guid },
    ),
  'LUKS2': () =>
    plain(
      'luks2',
      MIB,
      [
        [0, 'LUKS\xba\xbe\0\x02'],
        [24, 'crypt'],
        [168, guid],
      ],
      { id: guid, label: 'crypt' },
    ),
  'VMFS': () =>
    plain(
      'vmfs',
      24 * MIB,
      [
        [MIB, [32, 0xc001_d00d]],
        [MIB + 0x5e, [64, 24 * MIB]],
        [MIB + 0x7a, [64, 17 * MIB]],
        [19 * MIB, [32, 0x2fab_f15e]],
        [19 * MIB + 9, ID],
        [19 * MIB + 0x1d, 'datastore1'],
      ],
      { label: 'datastore1', id: '5a5a5a5a-5a5a5a5a-5a5a-5a5a5a5a5a5a', size: 24 * MIB },
    ),
  'ZFS': () => {
    const name = pair('name', 9, Uint8Array.from([...bytesOf([-32, 4]), ...bytesOf('tank')]));
    const pool = pair('pool_guid', 8, bytesOf([-64, 123_456_789]));
    const list: [number, Value][] = [
      [16_384, '\x01\x01'],
      [16_396, name],
      [16_396 + name.length, pool],
    ];
    return plain('zfs', MIB, list, { label: 'tank', id: '123456789' });
  },
  'Linux RAID 0.90': () => raid('0.90'),
  'Linux RAID 1.0': () => raid('1.0'),
  'Linux RAID 1.1': () => raid('1.1'),
  'Linux RAID 1.2': () => raid('1.2'),
};
