import { create } from 'zustand';
import type { Client } from '../../app/contract/contract.ts';
import type { CaseState, ChainProblem, ChainRow, HostInfo } from '../../app/contract/types.ts';
import { report } from './notices.ts';
import { useView } from './view.ts';

export interface Chains {
  /** Depth-first, parents before children. */
  rows: readonly ChainRow[];
  byPath: ReadonlyMap<string, ChainRow>;
  /** Matters of the set by image: cycles, duplicate ids, files that could not be read. */
  problems: ReadonlyMap<string, readonly ChainProblem[]>;
  rev: number;
}

interface CaseStore {
  /** Null until the host first answered. */
  host: HostInfo | null;
  /** What is open; null until the host first answered. */
  opened: CaseState | null;
  chains: Chains;
  connection: 'connecting' | 'connected' | 'lost';
}

export const NO_CHAINS: Chains = { rows: [], byPath: new Map(), problems: new Map(), rev: -1 };

export const useCase = create<CaseStore>()(() => ({
  host: null,
  opened: null,
  chains: NO_CHAINS,
  connection: 'connecting',
}));

/** Whether anything is open. */
export function isOpen(opened: CaseState | null): opened is CaseState {
  return opened !== null && opened.roots.length > 0;
}

/** Rows and problems as the page looks things up. */
export function chainsOf(rows: readonly ChainRow[], problems: readonly ChainProblem[], rev: number): Chains {
  const byProblem = new Map<string, ChainProblem[]>();
  for (const problem of problems) {
    const known = byProblem.get(problem.path);
    if (known) known.push(problem);
    else byProblem.set(problem.path, [problem]);
  }
  return { rows, byPath: new Map(rows.map((row) => [row.path, row])), problems: byProblem, rev };
}

/** Keeps the store in step with the host, over reconnections. Answers how to stop. */
export function followCase(client: Client): () => void {
  let asking = false;
  let wanted = -1;
  const refresh = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    try {
      for (;;) {
        const { rev, rows, problems } = await client.call('chains.snapshot', {});
        useCase.setState({ chains: chainsOf(rows, problems, rev) });
        keepSelection(rows);
        if (rev >= wanted) break;
      }
    } catch (thrown) {
      report(thrown);
    } finally {
      asking = false;
    }
  };
  const take = (opened: CaseState): void => {
    useCase.setState({ opened });
    document.title = isOpen(opened) ? `${opened.name} · Platter` : 'Platter';
    wanted = opened.rev;
    if (opened.rev !== useCase.getState().chains.rev) void refresh();
  };
  const stopEvents = client.on('case.changed', take);
  const stopConnection = client.onConnection((connection) => {
    useCase.setState({ connection });
    if (connection === 'lost') return;
    Promise.all([client.call('host.info', {}), client.call('case.state', {})]).then(([host, opened]) => {
      // a host that was started anew counts from the beginning
      useCase.setState({ host, chains: NO_CHAINS });
      take(opened);
    }, report);
  });
  return () => {
    stopEvents();
    stopConnection();
  };
}

/** An image that is gone is not shown any more; where none is shown, the first is. */
function keepSelection(rows: readonly ChainRow[]): void {
  const { selected, select } = useView.getState();
  const { opened } = useCase.getState();
  if (selected !== null && rows.some(({ path }) => path === selected)) return;
  const asked = opened?.roots.find(({ kind }) => kind === 'file')?.path;
  const first = rows.find(({ path }) => path === asked) ?? rows[0];
  select(first?.path ?? null);
}
