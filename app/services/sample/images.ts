import { buildVhd } from '../../../core/formats/vhd/build/build.ts';
import type { BuiltVhd, GuestWrite } from '../../../core/formats/vhd/build/spec.ts';
import { FOOTER_LENGTH, msToVhdTime } from '../../../core/formats/vhd/constants.ts';
import { putVmfs } from '../../../core/formats/vmfs/build.ts';
import { SparseBuilder, type SparseImage } from '../../../core/io/sparse.ts';
import { bootRecord, ext4Superblock, fat16BootSector, ntfsBootSector, registryHive, swapHeader } from './records.ts';
import { dump, events, log } from './text.ts';

export interface SampleImage {
  /** Relative to the sample's folder, with forward slashes. */
  path: string;
  /** What it shows, one or two plain sentences. */
  shows: string;
  /** Milliseconds since 1970. */
  mtime: number;
  image: SparseImage;
}

const MIB = 1024 ** 2;
const GIB = 1024 * MIB;
/** Sectors of a block of 2 MiB. */
const BLOCK = 4096;

const november = (day: number, hour: number, minute: number): number => Date.UTC(2024, 10, day, hour, minute);

/** A VHD of the sample; children need its id, name and time. */
interface Disk {
  path: string;
  shows: string;
  id: string;
  /** GiB. */
  size: number;
  created: number;
  mtime: number;
  hidden?: boolean;
  parent?: Disk;
  /** The parent's name as the child knows it, where that is no longer its name. */
  parentName?: string;
  writes: GuestWrite[];
}

function build(disk: Disk): BuiltVhd {
  const common = {
    virtualSize: disk.size * GIB,
    id: disk.id,
    timeStamp: msToVhdTime(disk.created),
    hidden: disk.hidden ?? false,
    writes: disk.writes,
  };
  const { parent } = disk;
  if (!parent) return buildVhd({ kind: 'dynamic', ...common });
  const name = disk.parentName ?? parent.path;
  return buildVhd({
    kind: 'differencing',
    ...common,
    parent: { id: parent.id, name, timeStamp: msToVhdTime(parent.mtime) },
  });
}

function sound(disk: Disk): SampleImage {
  return damaged(disk, () => {});
}

/** The image after `harm` was done to its last 512 bytes. */
function damaged(disk: Disk, harm: (image: SparseBuilder, footerAt: number) => void): SampleImage {
  const { path, shows, mtime } = disk;
  const built = build(disk);
  const image = new SparseBuilder(built);
  harm(image, built.places.footerAt);
  return { path, shows, mtime, image: image.image() };
}

const GRUB = 'GRUB \0Geom\0Hard Disk\0Read\0 Error\r\n\0';
const BOOT = { type: 0x83, first: 2048, sectors: GIB / 512, active: true };

/** The first sectors of a Linux guest: boot record, /boot, and the root file system behind it. */
function linux(gib: number, signature: number, root: { uuid: string; written: number; mounts: number }): GuestWrite[] {
  const first = BOOT.first + BOOT.sectors;
  const sectors = (gib * GIB) / 512 - first;
  const boot = { size: GIB, uuid: root.uuid.replace(/^..../, '0b00'), label: 'boot', mountedOn: '/boot' };
  return [
    { sector: 0, bytes: bootRecord(signature, GRUB, [BOOT, { type: 0x83, first, sectors }]) },
    { sector: BOOT.first + 2, bytes: ext4Superblock({ ...boot, written: root.written, mounts: root.mounts }) },
    {
      sector: first + 2,
      bytes: ext4Superblock({ size: sectors * 512, label: 'root', mountedOn: '/', ...root }),
    },
  ];
}

/** The first sectors of a Windows guest, and the head of a registry hive. */
function windows(gib: number, signature: number): GuestWrite[] {
  const reserved = { type: 0x07, first: 2048, sectors: (350 * MIB) / 512, active: true };
  const first = reserved.first + reserved.sectors;
  const sectors = (gib * GIB) / 512 - first - 2048;
  return [
    {
      sector: 0,
      bytes: bootRecord(signature, 'Missing operating system\0', [reserved, { type: 0x07, first, sectors }]),
    },
    { sector: reserved.first, bytes: ntfsBootSector(reserved.first, reserved.sectors) },
    { sector: first, bytes: ntfsBootSector(first, sectors) },
    { sector: 300 * BLOCK, bytes: registryHive('\\SystemRoot\\System32\\Config\\SOFTWARE') },
  ];
}

/** A web server's disk: hidden base, hidden snapshot, disk in use. */
function chainOfThree(): SampleImage[] {
  const root = '7f1c0a52-9c3b-4e0f-8d55-2b0c6a1e4f90';
  const logs = 700 * BLOCK;
  const base: Disk = {
    path: '5eeb7fce-05a5-4b41-9951-779ef50f8ea5.vhd',
    shows: 'Healthy chain of three: the base. Hidden, because only its child uses it.',
    id: 'd5c60a1c-efec-4442-9bef-826be54acab0',
    size: 20,
    created: november(3, 8, 12),
    mtime: november(5, 2, 0),
    hidden: true,
    writes: [
      ...linux(20, 0x0007_b3c1, { uuid: root, written: november(5, 1, 50) / 1000, mounts: 14 }),
      { sector: logs, bytes: log('web01', november(3, 8, 15), BLOCK) },
      { sector: 905 * BLOCK + 128, bytes: dump(900) },
    ],
  };
  const snapshot: Disk = {
    path: '6e23ca24-7240-4102-98f5-9ad85b54c0c5.vhd',
    shows: 'Healthy chain of three: the snapshot in the middle, with two days of newer log lines.',
    id: '942c167c-1d79-473e-a668-03f614a815c5',
    size: 20,
    created: november(5, 2, 1),
    mtime: november(7, 2, 0),
    hidden: true,
    parent: base,
    writes: [
      { sector: logs + 1000, bytes: log('web01', november(5, 2, 10), 800) },
      { sector: logs + BLOCK, bytes: log('web01', november(6, 0, 0), 1500) },
    ],
  };
  const leaf: Disk = {
    path: 'b0ca0685-e244-4a24-8f89-0c378f42bf6f.vhd',
    shows:
      'Healthy chain of three: the disk in use. Its guest is read from all three files; Disk shows which gives what.',
    id: 'a1ff1c56-b2db-47f8-8cf9-f9da72dbea3a',
    size: 20,
    created: november(7, 2, 1),
    mtime: november(10, 9, 41),
    parent: snapshot,
    writes: [
      ...linux(20, 0x0007_b3c1, { uuid: root, written: november(10, 9, 40) / 1000, mounts: 15 }).slice(2),
      { sector: logs + BLOCK + 1500, bytes: log('web01', november(7, 2, 5), 600) },
      { sector: logs + 3000, count: 512, zeros: true },
    ],
  };
  return [base, snapshot, leaf].map(sound);
}

function template(): SampleImage[] {
  const base: Disk = {
    path: 'b42e2a8f-7984-403e-864b-e125f75272e6.vhd',
    shows:
      'Template of a Windows server, hidden, shared by three children. Nothing may be folded into it: its other children would change.',
    id: '95f63801-4866-4f14-ae9b-850fbe9ea814',
    size: 40,
    created: november(1, 14, 30),
    mtime: november(1, 16, 5),
    hidden: true,
    writes: [
      ...windows(40, 0x9a41_7733),
      { sector: 640 * BLOCK, bytes: events('WIN-TEMPLATE', november(1, 15, 0), BLOCK) },
    ],
  };
  const children: [path: string, id: string, host: string, day: number][] = [
    ['f6b2c867-5d5f-4193-89e3-506e0c513633.vhd', 'f5e9100b-9b5b-4d85-b1cd-eb03f53e8242', 'WIN-APP1', 4],
    ['bca2fcac-7929-404d-aa17-3c0aaa49e858.vhd', '0f2d643c-9f5a-40e4-8e06-2ba5f55781b6', 'WIN-APP2', 6],
    ['64ec7b63-f3c6-4eee-ba93-4050b1b985ad.vhd', 'f1bacbca-79f2-43f9-988c-5ca62a7a41ac', 'WIN-FILES', 8],
  ];
  return [
    sound(base),
    ...children.map(([path, id, host, day]) =>
      sound({
        path,
        shows: `Child of the template: the disk of ${host}. Its text is UTF-16: search for “${host}” as UTF-16.`,
        id,
        size: 40,
        created: november(day, 9, 0),
        mtime: november(day + 1, 18, 22),
        parent: base,
        writes: [
          { sector: 640 * BLOCK + 100, bytes: events(host, november(day, 9, 5), 300) },
          { sector: (641 + day) * BLOCK, bytes: events(host, november(day, 14, 0), 1200) },
        ],
      }),
    ),
  ];
}

function moved(): SampleImage[] {
  const parent: Disk = {
    path: 'archive/golden-appliance.vhd',
    shows: 'The parent that was moved and renamed. Its id is still the one its child names.',
    id: '046e6fba-0e2e-4e65-b01b-8a444c0b315e',
    size: 8,
    created: november(2, 10, 0),
    mtime: november(2, 11, 17),
    hidden: true,
    writes: [
      ...linux(8, 0x51c0_ffee, {
        uuid: '2c5d8f6e-1b7a-4d39-9c04-6e8f0a7b3d21',
        written: november(2, 11, 0) / 1000,
        mounts: 2,
      }),
      { sector: 520 * BLOCK, bytes: log('appliance', november(2, 10, 5), 1024) },
    ],
  };
  const child: Disk = {
    path: 'a6873c05-3f42-4aaa-9111-fcde2a8710c3.vhd',
    shows:
      'Child whose parent moved: no locator leads to it, and it is found only by its id, in archive/golden-appliance.vhd.',
    id: '6f862455-702c-47ca-9d47-97a5782672a3',
    size: 8,
    created: november(2, 12, 0),
    mtime: november(9, 7, 30),
    parent,
    parentName: 'c71621b7-50b8-4b84-9f48-5de225a665ef.vhd',
    writes: [{ sector: 520 * BLOCK + 200, bytes: log('monitor02', november(8, 22, 0), 700) }],
  };
  return [parent, child].map(sound);
}

function brokenFooters(): SampleImage[] {
  const zeroed: Disk = {
    path: '7cb65194-81a1-44e1-9c6e-a5fd951f019d.vhd',
    shows: 'Footer zeroed. The copy at the start is whole, so it can be written back without loss.',
    id: '63706e1b-7577-4c02-9605-9dfb82584bef',
    size: 10,
    created: november(3, 12, 0),
    mtime: november(9, 23, 58),
    writes: [
      {
        sector: 2,
        bytes: ext4Superblock({
          size: 10 * GIB,
          uuid: 'e3b7a1c4-5d20-4f86-9a1e-70c2d4b8f635',
          label: 'db-data',
          mountedOn: '/var/lib/mysql',
          written: november(9, 23, 50) / 1000,
          mounts: 31,
        }),
      },
      { sector: 300 * BLOCK, bytes: dump(BLOCK) },
      { sector: 301 * BLOCK, bytes: dump(640) },
    ],
  };
  const base: Disk = {
    path: '021b4541-b81c-4b7c-9719-e7948ba1b067.vhd',
    shows: 'Healthy parent of the file whose footer is missing.',
    id: '0fa92172-dfd3-482b-80ce-c1f3adc37e32',
    size: 16,
    created: november(4, 7, 0),
    mtime: november(4, 8, 45),
    hidden: true,
    writes: [
      ...linux(16, 0x4dc1_6179, {
        uuid: '91d0b7e2-3f6c-48a5-b1d9-5c7e2a4f8063',
        written: november(4, 8, 40) / 1000,
        mounts: 6,
      }),
      { sector: 610 * BLOCK, bytes: log('mail01', november(4, 7, 5), 2048) },
    ],
  };
  const missing: Disk = {
    path: '93e6c0c4-a256-45af-a99b-9e6a93dc724f.vhd',
    shows:
      'Footer missing: the file ends where its last block ends, as after a copy cut short. The copy at the start is whole.',
    id: 'f3b2947a-590e-4bf4-adf4-9ec9026f5b2a',
    size: 16,
    created: november(4, 9, 0),
    mtime: november(10, 3, 12),
    parent: base,
    writes: [
      { sector: 611 * BLOCK, bytes: log('mail01', november(9, 4, 0), 900) },
      // to the very end of the last block, which tools that count on a footer lose
      { sector: 613 * BLOCK - 64, bytes: log('mail01', november(10, 3, 0), 64) },
    ],
  };
  const text: Disk = {
    path: 'c9c2641a-613e-42f1-a536-bffbd1aa9bb5.vhd',
    shows: 'Footer overwritten with a guest’s log lines. The copy at the start is whole.',
    id: '36dfd61b-313a-4cb7-8e67-5d5f28c795f7',
    size: 12,
    created: november(5, 15, 20),
    mtime: november(10, 6, 25),
    writes: [
      ...linux(12, 0x0a11_d00d, {
        uuid: '5a8e2f71-c6b3-4d90-8e27-1f4b9d6a0c53',
        written: november(10, 6, 20) / 1000,
        mounts: 9,
      }),
      { sector: 555 * BLOCK, bytes: log('proxy03', november(9, 12, 0), 1800) },
    ],
  };
  const registry: Disk = {
    path: 'f1b5fd61-cd5b-4372-a658-bd0d8cc5d3e0.vhd',
    shows: 'Footer overwritten with the head of a Windows registry hive (regf). The copy at the start is whole.',
    id: '11c5b630-e7a7-4ac0-bcc6-52b7de32fb9b',
    size: 30,
    created: november(6, 8, 0),
    mtime: november(10, 1, 7),
    writes: [...windows(30, 0x70b1_4e02), { sector: 470 * BLOCK, bytes: events('WIN-DC1', november(9, 20, 0), 1500) }],
  };
  return [
    damaged(zeroed, (image, at) => image.zero(at, FOOTER_LENGTH)),
    sound(base),
    damaged(missing, (image, at) => image.resize(at)),
    damaged(text, (image, at) => image.put(at, log('proxy03', november(10, 6, 25), 1))),
    damaged(registry, (image, at) => image.put(at, registryHive('\\SystemRoot\\System32\\Config\\SYSTEM'))),
  ];
}

function rawDisk(): SampleImage {
  const size = 128 * MIB;
  const root = { type: 0x83, first: 2048, sectors: (64 * MIB) / 512, active: true };
  const data = { type: 0x06, first: root.first + root.sectors, sectors: (32 * MIB) / 512 };
  const first = data.first + data.sectors;
  const swap = { type: 0x82, first, sectors: size / 512 - first };
  const out = new SparseBuilder({ size, extents: [] });
  out.put(0, bootRecord(0x2b8f_6a10, GRUB, [root, data, swap]));
  const uuid = 'b80c4f1d-62e9-4a37-95d1-0e7f3c8a2b46';
  const written = november(10, 5, 0) / 1000;
  const superblock = { size: root.sectors * 512, uuid, label: 'router', mountedOn: '/', written, mounts: 3 };
  out.put(root.first * 512 + 1024, ext4Superblock(superblock));
  out.put((root.first + 40_000) * 512, log('router01', november(9, 0, 0), 1200));
  out.put(data.first * 512, fat16BootSector(data.first, data.sectors, 'CONFIG'));
  out.put(swap.first * 512, swapHeader(Math.floor(swap.sectors / 8)));
  return {
    path: 'router01.raw',
    shows: 'A raw disk: an MBR with three partitions (Linux, FAT16, swap), and no VHD structure at all.',
    mtime: november(10, 5, 1),
    image: out.image(),
  };
}

/** A LUN of an ESX host that lost its table: what the volume's own headers say is enough to write it again. */
function lostLun(): SampleImage {
  const start = 128 * 512;
  const cylinder = 255 * 63 * 512;
  const out = new SparseBuilder({ size: 4 * GIB, extents: [] });
  putVmfs(out, {
    start,
    // ESX ends a partition where a cylinder does
    totalBytes: Math.floor(out.size / cylinder) * cylinder - start,
    version: 3,
    label: 'esx-iscsi-01',
    disk: {
      type: 2,
      lun: 3,
      id: '600144f04a5d27000000673a1b2c0003434f4d535441',
      vendor: 'SUN',
      model: 'COMSTAR',
      revision: '1.0',
    },
    seed: '5a',
  });
  out.put(start + GIB, log('esx02', november(9, 20, 0), 400));
  return {
    path: 'lun-esx-iscsi-01.raw',
    shows:
      'A LUN of an ESX host whose first sector was zeroed: no partition table is left, but its VMFS volume is whole. Disk finds it, and writes the table again.',
    mtime: november(10, 6, 30),
    image: out.image(),
  };
}

/** All images of the sample, parents before their children. */
export function sampleImages(): SampleImage[] {
  return [...chainOfThree(), ...template(), ...moved(), ...brokenFooters(), rawDisk(), lostLun()];
}
