import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeWriteFiles } from '../io/node/sink.ts';
import type { ApplyEnvironment } from './environment.ts';
import { takeLock } from './lock.ts';
import { appendLog, readLog } from './log.ts';

describe('locks on a real disk', () => {
  let env: ApplyEnvironment;

  beforeEach(async () => {
    env = { files: nodeWriteFiles, state: await mkdtemp(path.join(tmpdir(), 'locks-')) };
  });
  afterEach(() => rm(env.state, { recursive: true }));

  const locks = (): Promise<string[]> => readdir(path.join(env.state, 'locks'));

  it('many that write to the log at once leave one unbroken log, and no lock', async () => {
    const entry = { kind: 'repair', strategies: [], target: '/a.vhd', identity: '1:1', output: null } as const;
    const work = (index: number): Promise<unknown> =>
      appendLog(env, {
        ...entry,
        strategies: [],
        operation: `op-${index}`,
        event: 'applied',
        outputSha256: null,
        journal: null,
        note: null,
      });
    await Promise.all(Array.from({ length: 40 }, (_, index) => work(index)));
    const { entries, broken } = await readLog(env);
    expect(broken).toEqual([]);
    expect(new Set(entries.map(({ operation }) => operation)).size).toBe(40);
    expect(await locks()).toEqual([]);
  });

  it('one left by a process that died is taken by exactly one of many', async () => {
    const dead: ApplyEnvironment = {
      ...env,
      files: { ...nodeWriteFiles, process: () => ({ pid: 4_000_000, started: '1' }) },
    };
    for (let round = 0; round < 20; round += 1) {
      await takeLock(dead, 'image', '/a.vhd');
      const taken = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(env, 'image', '/a.vhd')));
      const held = taken.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      expect(held).toHaveLength(1);
      for (const one of taken) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'locked' });
      await held[0]?.release();
    }
    expect(await locks()).toEqual([]);
  });
});
