import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Client } from '../../app/contract/contract.ts';
import type { CaseState, ChainSnapshot } from '../../app/contract/types.ts';
import { cancelled, failure } from '../../core/errors.ts';
import { chainRow } from '../testing/rows.ts';
import { followCase, openedWith, useCase } from './case.ts';
import { addDropped, droppedPath, forgetDropped, useDropped } from './dropped.ts';
import { report, useNotices } from './notices.ts';
import { readPrefs } from './prefs.ts';
import { useView } from './view.ts';

const opened = (change: Partial<CaseState> = {}): CaseState => ({
  rev: 1,
  name: 'sr',
  roots: [{ path: '/sr', name: 'sr', kind: 'folder' }],
  images: 1,
  errors: 0,
  warnings: 0,
  scanning: null,
  ...change,
});

/** A host that has a case, and tells of its changes. */
class FakeHost {
  state = opened();
  snapshot: ChainSnapshot = { rev: 1, rows: [chainRow({ name: 'a.vhd' })], problems: [] };
  readonly listeners = new Map<string, (payload: never) => void>();
  connection: (state: 'connected' | 'lost') => void = () => {};

  readonly client = {
    call: vi.fn((name: string) => {
      if (name === 'case.state') return Promise.resolve(this.state);
      if (name === 'chains.snapshot') return Promise.resolve(this.snapshot);
      return Promise.resolve({ host: 'web', version: '0', platform: 'x', servedFolders: [], dialogs: false });
    }),
    on: (name: string, listener: (payload: never) => void) => {
      this.listeners.set(name, listener);
      return () => this.listeners.delete(name);
    },
    onConnection: (listener: (state: 'connected' | 'lost') => void) => {
      this.connection = listener;
      listener('connected');
      return () => {};
    },
  } as unknown as Client;

  change(state: CaseState, rows: string[]): void {
    this.state = state;
    this.snapshot = { rev: state.rev, rows: rows.map((name) => chainRow({ name })), problems: [] };
    this.listeners.get('case.changed')?.(state as never);
  }
}

beforeEach(() => {
  useView.setState({ selected: null });
  useNotices.setState({ notices: [] });
  forgetDropped();
});

describe('the case', () => {
  test('is fetched on connection, and the first image is shown', async () => {
    const host = new FakeHost();
    const stop = followCase(host.client);
    await vi.waitFor(() => expect(useCase.getState().chains.rows).toHaveLength(1));
    expect(useView.getState().selected).toBe('/sr/a.vhd');
    expect(document.title).toBe('sr · Platter');
    stop();
  });

  test('follows changes; an image that is gone gives way to one that is there', async () => {
    const host = new FakeHost();
    const stop = followCase(host.client);
    await vi.waitFor(() => expect(useView.getState().selected).toBe('/sr/a.vhd'));
    host.change(opened({ rev: 2, images: 2 }), ['b.vhd', 'c.vhd']);
    await vi.waitFor(() => expect(useView.getState().selected).toBe('/sr/b.vhd'));
    stop();
  });

  test('while folders are read, the first image is shown until somebody chooses one', async () => {
    const host = new FakeHost();
    const stop = followCase(host.client);
    await vi.waitFor(() => expect(useView.getState().selected).toBe('/sr/a.vhd'));
    host.change(opened({ rev: 2, images: 2 }), ['0.vhd', 'a.vhd']);
    await vi.waitFor(() => expect(useView.getState().selected).toBe('/sr/0.vhd'));
    useView.getState().select('/sr/a.vhd');
    host.change(opened({ rev: 3, images: 2 }), ['00.vhd', 'a.vhd']);
    await vi.waitFor(() => expect(useCase.getState().chains.rev).toBe(3));
    expect(useView.getState().selected).toBe('/sr/a.vhd');
    stop();
  });

  test('a host that was started anew is asked again, though its count is lower', async () => {
    const host = new FakeHost();
    host.state = opened({ rev: 9 });
    host.snapshot = { ...host.snapshot, rev: 9 };
    const stop = followCase(host.client);
    await vi.waitFor(() => expect(useCase.getState().chains.rev).toBe(9));
    host.connection('lost');
    expect(useCase.getState().connection).toBe('lost');
    host.state = opened({ rev: 1, name: 'new' });
    host.snapshot = { rev: 1, rows: [chainRow({ name: 'z.vhd' })], problems: [] };
    host.connection('connected');
    await vi.waitFor(() => expect(useView.getState().selected).toBe('/sr/z.vhd'));
    stop();
  });

  test('dropped images count as open, also where nothing else is', () => {
    const nothing = opened({ name: '', roots: [], images: 0 });
    const file = new File(['x'], 'd.vhd');
    const dropped = { file, row: chainRow({ name: 'd.vhd', path: 'dropped:d.vhd', errors: 2 }) };
    expect(openedWith(nothing, [dropped])).toMatchObject({ name: 'd.vhd', images: 1, errors: 2 });
    expect(openedWith(nothing, [dropped]).roots).toHaveLength(1);
    expect(openedWith(opened(), [dropped])).toMatchObject({ name: 'sr', images: 2 });
  });

  test('two dropped files of one name are two images; the same one is one', () => {
    const file = new File(['x'], 'd.vhd', { lastModified: 1 });
    addDropped({ file, row: chainRow({ name: 'd.vhd', path: droppedPath(file) }) });
    expect(droppedPath(file)).toBe('dropped:d.vhd');
    expect(droppedPath(new File(['xy'], 'd.vhd', { lastModified: 1 }))).toBe('dropped:2/d.vhd');
    expect(useDropped.getState().images.size).toBe(1);
  });
});

describe('notices', () => {
  test('say what, where and what to do; the same again is counted', () => {
    const error = failure('read-failed', 'a.vhd could not be read.', { path: '/a.vhd', offset: 512, hint: 'Copy it.' });
    report(error, 'Check');
    report(error, 'Check');
    const [notice, ...more] = useNotices.getState().notices;
    expect(more).toEqual([]);
    expect(notice).toMatchObject({ times: 2, error: { path: '/a.vhd', offset: 512, hint: 'Copy it.' } });
  });

  test('what was cancelled is no error', () => {
    report(cancelled());
    expect(useNotices.getState().notices).toEqual([]);
  });

  test('a flood leaves the last few', () => {
    for (let number = 0; number < 20; number += 1) report(failure('gone', `file ${number} is gone`));
    expect(useNotices.getState().notices).toHaveLength(5);
  });
});

describe('preferences', () => {
  test('are read back, and what is not as it should be is left out', () => {
    const stored = { theme: 'dark', chainsWidth: 300, inspectorWidth: 'wide', columns: { id: true, x: 3 } };
    expect(readPrefs(JSON.stringify(stored))).toMatchObject({
      theme: 'dark',
      chainsWidth: 300,
      inspectorWidth: null,
      columns: { id: true },
    });
    expect(readPrefs('{nonsense').theme).toBe('system');
    expect(readPrefs('null').inspectorOpen).toBe(true);
  });
});
