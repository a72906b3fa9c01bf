import { expect, test } from 'vitest';
import type { RelinkAnswer, RelinkCandidateRow } from '../../../app/contract/types.ts';
import { dropFooter } from '../../../core/testing/damage.ts';
import { IMAGE_PATH, planFor, testDisk } from '../../testing/plans.ts';
import { chosenOf, DEFAULTS, folderOf, whyNotNext } from './choice.ts';

function candidate(name: string, idMatches: boolean): RelinkCandidateRow {
  return {
    path: `/sr/${name}`,
    name,
    id: null,
    idMatches,
    virtualSize: 1024,
    sizeMatches: true,
    timeMatches: true,
    via: 'unique id',
    content: { verdict: 'fits', why: 'It looks so.' },
  };
}

/** Any plan that writes something will do. */
async function answer(change: Partial<RelinkAnswer> = {}): Promise<RelinkAnswer> {
  return {
    planId: 'plan',
    plan: await planFor(dropFooter(testDisk())),
    suggestedOutput: '/sr/child.relinked.vhd',
    candidates: [candidate('right.vhd', true), candidate('wrong.vhd', false)],
    chosen: '/sr/right.vhd',
    expected: { id: '', name: 'base.vhd', modified: '' },
    ...change,
  };
}

test('the only candidate with the right id is taken', async () => {
  const found = await answer();
  expect(chosenOf(found, DEFAULTS)?.name).toBe('right.vhd');
  expect(whyNotNext(found, DEFAULTS, 'parent')).toBeNull();
  expect(whyNotNext(await answer({ chosen: null }), DEFAULTS, 'parent')).toBe('Choose the parent.');
});

test('a parent with another id needs a reason', async () => {
  const wrong = { ...DEFAULTS, parent: '/sr/wrong.vhd' };
  expect(whyNotNext(await answer(), wrong, 'parent')).toContain('reason');
  expect(whyNotNext(await answer(), { ...wrong, reason: ' ' }, 'parent')).toContain('reason');
  expect(whyNotNext(await answer(), { ...wrong, reason: 'restored' }, 'parent')).toBeNull();
});

test('the image itself is changed only when it is unlocked', async () => {
  const inPlace = { ...DEFAULTS, kind: 'in-place' as const };
  expect(whyNotNext(await answer(), inPlace, 'preview')).toContain('Unlock');
  expect(whyNotNext(await answer(), { ...inPlace, unlocked: true }, 'preview')).toBeNull();
  expect(whyNotNext(await answer(), { ...DEFAULTS, output: IMAGE_PATH }, 'preview')).toContain('another name');
});

test('a folder is what stands before the last slash', () => {
  expect(folderOf('/sr/a.vhd')).toBe('/sr');
  expect(folderOf('C:\\disks\\a.vhd')).toBe('C:\\disks');
  expect(folderOf('a.vhd')).toBe('');
});
