import { refusal } from '../../core/errors.ts';
import { presentedFrom } from '../../core/vmfs/presented.ts';
import type { Target } from '../contract/contract.ts';
import type { JobCatalogue } from '../jobs/jobs.ts';
import type { Pool } from '../jobs/pool.ts';
import type { Served } from '../jobs/tasks/task.ts';
import type { Case } from './case.ts';
import type { Disks } from './disks.ts';
import type { Images } from './images.ts';
import type { Desk } from './operations/desk.ts';
import type { Folds } from './operations/folds.ts';
import type { Partitions } from './operations/save-partition.ts';
import type { Tables } from './operations/tables.ts';
import { hashWindow, searchWindow } from './window.ts';

export interface CatalogueParts {
  opened: Case;
  disks: Disks;
  images: Images;
  desk: Desk;
  partitions: Partitions;
  folds: Folds;
  tables: Tables;
  pool: Pool;
  served: Served;
}

/** How each job of the contract is run. */
export function jobCatalogue({
  opened,
  disks,
  images,
  desk,
  partitions,
  folds,
  tables,
  pool,
  served,
}: CatalogueParts): JobCatalogue {
  return {
    'evidence.scan': {
      title: ({ paths }) => `Read ${paths.length === 1 ? nameOf(paths[0] ?? '') : `${paths.length} files and folders`}`,
      lane: () => 'evidence.scan',
      run({ paths }, context) {
        const isRoot = (path: string): boolean => opened.roots.some((root) => root.path === path);
        if (!paths.every(isRoot)) throw refusal('usage', 'Open a folder to have it read.');
        return opened.scan(paths, context);
      },
    },
    'bytes.search': {
      title: ({ target }) => `Search ${titleOf(target)}`,
      lane: () => null,
      async run({ target, ...input }, { flag, progress, partial }) {
        const located = await disks.locate(target);
        const { from, to, shifted } = searchWindow(target, input);
        return pool.run(
          'search',
          { ...input, from, to, target: located, served },
          {
            flag,
            long: true,
            onMessage: ({ at, total, hits }) => {
              progress('Searching', at, total, 'bytes');
              if (hits.length > 0) partial(hits.map(shifted));
            },
          },
        );
      },
    },
    'bytes.hash': {
      title: ({ target }) => `Hash ${titleOf(target)}`,
      lane: () => null,
      async run({ target, ...input }, { flag, progress }) {
        const located = await disks.locate(target);
        const range = hashWindow(target, input);
        return pool.run(
          'hash',
          { ...input, ...range, target: located, served },
          { flag, long: true, onMessage: ({ done, total }) => progress('Hashing', done, total, 'bytes') },
        );
      },
    },
    'findings.check': {
      title: ({ paths }) => (paths?.length === 1 ? `Check ${nameOf(paths[0] ?? '')}` : 'Check all images'),
      lane: () => null,
      run: (input, context) => images.check(input, context),
    },
    'vmfs.volumes': {
      title: ({ paths }) => `VMFS volumes of ${paths.length === 1 ? nameOf(paths[0] ?? '') : `${paths.length} disks`}`,
      lane: () => null,
      async run({ paths, presented: text, lun, everySector }, { flag, progress }) {
        const presented = text === null || text.trim() === '' ? [] : presentedFrom(text, lun);
        if (text?.trim() && presented.length === 0)
          throw refusal('usage', 'That is neither a vml path nor an naa., eui., t10. or mpx. name.');
        const targets = await Promise.all(paths.map((path) => disks.locate({ space: 'guest', path })));
        const input = { targets, presented, everySector, served };
        const answer = await pool.run('vmfs', input, {
          flag,
          long: true,
          onMessage: ({ disk, done, total }) =>
            progress(`Looking for headers on ${nameOf(paths[disk] ?? '')}`, done, total, 'bytes'),
        });
        return {
          spans: answer.spans,
          disks: answer.disks.map((disk, index) => {
            const path = paths[index] ?? '';
            return { path, name: nameOf(path), ...disk };
          }),
          presented: presented.map(({ text: shown, lun: number }) => ({ text: shown, lun: number })),
        };
      },
    },
    // writes run one after another: two repairs at a time save no time on one disk, and may be of one chain
    'repair.apply': {
      title: () => 'Repair',
      lane: () => 'write',
      run: (input, context) => desk.apply(input, context),
    },
    'table.plan': {
      title: ({ path }) => `Look for lost partitions of ${nameOf(path)}`,
      lane: () => null,
      run: (input, context) => tables.plan(input, context),
    },
    'repair.planAll': {
      title: () => 'Plan repairs',
      lane: () => null,
      run: (_, context) => desk.planAll(context),
    },
    'repair.applyAll': {
      title: ({ planIds }) => `Repair ${planIds.length} images`,
      lane: () => 'write',
      run: (input, context) => desk.applyAll(input, context),
    },
    'coalesce.list': {
      title: () => 'List what can be coalesced',
      lane: () => null,
      run: (_, context) => folds.list(context),
    },
    'coalesce.run': {
      title: ({ path }) => `Coalesce ${nameOf(path)}`,
      lane: () => 'write',
      run: (input, context) => folds.coalesce(input, context),
    },
    'export.run': {
      title: ({ path }) => `Export ${nameOf(path)}`,
      lane: () => 'write',
      run: (input, context) => folds.export(input, context),
    },
    'partition.save': {
      title: ({ path, partition }) => `Save partition ${partition} of ${nameOf(path)}`,
      lane: () => 'write',
      run: (input, context) => partitions.save(input, context),
    },
    'headers.backup': {
      title: ({ path }) => `Back up the headers of ${nameOf(path)}`,
      lane: () => 'write',
      run: (input, context) => tables.backup(input, context),
    },
    'headers.plan': {
      title: ({ path }) => `Compare a header backup with ${nameOf(path)}`,
      lane: () => null,
      run: (input, context) => tables.planRestore(input, context),
    },
    'operations.undo': {
      title: ({ operation }) => `Undo ${operation}`,
      lane: () => 'write',
      run: ({ operation }, context) => desk.undo(operation, context),
    },
    'operations.resume': {
      title: ({ path }) => `Resume ${nameOf(path)}`,
      lane: () => 'write',
      run: ({ path }, context) => desk.resume(path, context),
    },
    'operations.rollback': {
      title: ({ path }) => `Roll back ${nameOf(path)}`,
      lane: () => 'write',
      run: ({ path }, context) => desk.rollback(path, context),
    },
  };
}

function nameOf(path: string): string {
  return path.split(/[\\/]/).pop() ?? path;
}

function titleOf({ space, path, window }: Target): string {
  if (window) return `a partition of ${nameOf(path)}`;
  return space === 'guest' ? `the disk of ${nameOf(path)}` : nameOf(path);
}
