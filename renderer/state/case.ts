import { create } from 'zustand';
import type { Client } from '../../app/contract/contract.ts';
import type { CaseState, ChainProblem, ChainRow, ChainSnapshot, HostInfo } from '../../app/contract/types.ts';
import { type DroppedImage, useDropped } from './dropped.ts';
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
  /** What is open, with what was dropped here; null until the host first answered. */
  opened: CaseState | null;
  chains: Chains;
  connection: 'connecting' | 'connected' | 'lost';
}

/** Milliseconds between two snapshots of a case that is being read. */
const BETWEEN = 900;

const NO_ROWS: ChainSnapshot = { rev: -1, rows: [], problems: [] };

export const useCase = create<CaseStore>()(() => ({
  host: null,
  opened: null,
  chains: chainsOf(NO_ROWS, []),
  connection: 'connecting',
}));

/** Whether anything is open. */
export function isOpen(opened: CaseState | null): opened is CaseState {
  return opened !== null && opened.roots.length > 0;
}

/** Rows and problems as the page looks things up; dropped images stand behind the host's. */
export function chainsOf({ rev, rows, problems }: ChainSnapshot, dropped: Iterable<DroppedImage>): Chains {
  const all = [...rows];
  for (const { row } of dropped) all.push(row);
  const byProblem = new Map<string, ChainProblem[]>();
  for (const problem of problems) {
    const known = byProblem.get(problem.path);
    if (known) known.push(problem);
    else byProblem.set(problem.path, [problem]);
  }
  return { rows: all, byPath: new Map(all.map((row) => [row.path, row])), problems: byProblem, rev };
}

/** The host's case and the dropped images as one. */
export function openedWith(opened: CaseState, dropped: readonly DroppedImage[]): CaseState {
  if (dropped.length === 0) return opened;
  const count = (of: 'errors' | 'warnings'): number => dropped.reduce((sum, { row }) => sum + row[of], opened[of]);
  const roots = dropped.map(({ row }) => ({ path: row.path, name: row.name, kind: 'file' as const }));
  return {
    ...opened,
    name: opened.name !== '' ? opened.name : dropped.length === 1 ? (roots[0]?.name ?? '') : 'Dropped files',
    roots: [...opened.roots, ...roots],
    images: opened.images + dropped.length,
    errors: count('errors'),
    warnings: count('warnings'),
  };
}

/** Keeps the store in step with the host, over reconnections, and with what is dropped here. Answers how to stop. */
export function followCase(client: Client): () => void {
  let hosted: CaseState | null = null;
  let snapshot = NO_ROWS;
  let asking = false;

  const publish = (): void => {
    const dropped = [...useDropped.getState().images.values()];
    const opened = hosted && openedWith(hosted, dropped);
    document.title = isOpen(opened) ? `${opened.name} · Platter` : 'Platter';
    useCase.setState({ opened, chains: chainsOf(snapshot, dropped) });
    keepSelection();
  };
  const refresh = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    try {
      do {
        snapshot = await client.call('chains.snapshot', {});
        publish();
        // thousands of rows that are still being read are not worth showing at every step
        if (hosted?.scanning) await new Promise((resolve) => setTimeout(resolve, BETWEEN));
      } while (hosted && snapshot.rev < hosted.rev);
    } catch (thrown) {
      report(thrown);
    } finally {
      asking = false;
    }
  };
  const take = (opened: CaseState): void => {
    hosted = opened;
    publish();
    if (opened.rev !== snapshot.rev) void refresh();
  };
  const stops = [
    client.on('case.changed', take),
    useDropped.subscribe(publish),
    client.onConnection((connection) => {
      useCase.setState({ connection });
      if (connection === 'lost') return;
      Promise.all([client.call('host.info', {}), client.call('case.state', {})]).then(([host, opened]) => {
        useCase.setState({ host });
        // a host that was started anew counts from the beginning
        snapshot = { ...snapshot, rev: -1 };
        take(opened);
      }, report);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

let awaited: string | null = null;

/** Shows an image as soon as it is there. */
export function selectWhenThere(path: string): void {
  if (useCase.getState().chains.byPath.has(path)) useView.getState().select(path);
  else awaited = path;
}

/** The image that was shown because nobody chose one. */
let unchosen: string | null = null;

/** An image that is gone is not shown any more; where none was chosen, the first is shown, also when others came before it. */
function keepSelection(): void {
  const { selected, select, tab } = useView.getState();
  const { opened, chains } = useCase.getState();
  if (awaited !== null && chains.byPath.has(awaited)) {
    select(awaited);
    awaited = null;
    return;
  }
  const chosen = selected !== unchosen || tab !== 'overview';
  if (selected !== null && chains.byPath.has(selected) && chosen) return;
  const asked = opened?.roots.find(({ kind }) => kind === 'file')?.path;
  const first = (asked === undefined ? undefined : chains.byPath.get(asked)) ?? chains.rows[0];
  unchosen = first?.path ?? null;
  select(unchosen);
}
