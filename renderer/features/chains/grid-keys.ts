import { type KeyboardEvent, useRef } from 'react';
import { tell } from '../../state/notices.ts';
import { useView } from '../../state/view.ts';
import { copyText } from '../../ui/copy.ts';
import { formatCount } from '../../ui/format.ts';
import type { LineRow } from './lines.ts';
import { setCollapsed, setFilterOpen, useChains } from './state.ts';

/** Milliseconds after which typing begins a new word. */
const TYPE_AHEAD = 900;

interface Grid {
  rows: readonly LineRow[];
  /** Row the keyboard is at. */
  place: number | undefined;
  /** Rows of a page. */
  page: number;
  scrollTo: (index: number) => void;
  openMenu: (id: string) => void;
}

/** The keyboard of a tree table: https://www.w3.org/WAI/ARIA/apg/patterns/treegrid/ */
export function useGridKeys({ rows, place, page, scrollTo, openMenu }: Grid): (event: KeyboardEvent) => void {
  const typed = useRef({ text: '', at: 0 });

  const goTo = (index: number, extend: boolean): void => {
    const target = rows[Math.min(rows.length - 1, Math.max(0, index))];
    if (!target) return;
    const { node } = target;
    scrollTo(rows.indexOf(target));
    if (extend) {
      selectRange(rows, useChains.getState().anchor ?? node.id, node.id);
      return;
    }
    if (node.row) {
      useChains.setState({ marked: new Set([node.id]), anchor: node.id, focus: null });
      useView.getState().select(node.id);
    } else useChains.setState({ focus: node.id });
  };

  const typeAhead = (key: string): void => {
    const now = Date.now();
    const again = now - typed.current.at > TYPE_AHEAD ? '' : typed.current.text;
    const text = again + key.toLowerCase();
    typed.current = { text, at: now };
    // one letter again and again goes from one to the next
    const same = text === text.charAt(0).repeat(text.length);
    const needle = same ? text.charAt(0) : text;
    const from = (place ?? -1) + (same ? 1 : 0);
    const order = [...rows.keys()].map((index) => (index + Math.max(0, from)) % rows.length);
    const found = order.find((index) => rows[index]?.node.row?.name.toLowerCase().startsWith(needle));
    if (found !== undefined) goTo(found, false);
  };

  return (event) => {
    // keys of the headings belong to them
    if (event.target !== event.currentTarget) return;
    const at = place ?? -1;
    const row = rows[at];
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    const mod = ctrlKey || metaKey;
    if (altKey) return;
    if (mod && key.toLowerCase() === 'a') selectAll(rows);
    else if (mod && key.toLowerCase() === 'f') setFilterOpen(true);
    else if (mod && key.toLowerCase() === 'c') void copyNames(rows);
    else if (mod) return;
    else if (key === 'ArrowDown') goTo(at + 1, shiftKey);
    else if (key === 'ArrowUp') goTo(at - 1, shiftKey);
    else if (key === 'PageDown') goTo(at + page, shiftKey);
    else if (key === 'PageUp') goTo(at - page, shiftKey);
    else if (key === 'Home') goTo(0, shiftKey);
    else if (key === 'End') goTo(rows.length - 1, shiftKey);
    else if (key === 'ArrowRight') right();
    else if (key === 'ArrowLeft') left();
    else if (key === '*') openSiblings();
    else if (key === '/') setFilterOpen(true);
    else if (key === ' ') toggleMark();
    else if (key === 'Enter') toggleOpen();
    else if (key === 'ContextMenu' || (key === 'F10' && shiftKey)) {
      if (row?.node.row) openMenu(row.node.id);
    } else if (key === 'r' && Date.now() - typed.current.at > TYPE_AHEAD)
      return; // Repair is the window's key; inside a word it is a letter like any other
    else if (key.length === 1) typeAhead(key);
    else return;
    event.preventDefault();

    function right(): void {
      if (!row || row.node.children.length === 0) return;
      if (useChains.getState().collapsed.has(row.node.id)) setCollapsed([row.node.id], false);
      else goTo(at + 1, false);
    }
    function left(): void {
      if (!row) return;
      if (row.node.children.length > 0 && !useChains.getState().collapsed.has(row.node.id))
        setCollapsed([row.node.id], true);
      else if (row.parent) goTo(rows.indexOf(row.parent), false);
    }
    function openSiblings(): void {
      if (!row) return;
      const siblings = rows.filter(({ parent, node }) => parent === row.parent && node.children.length > 0);
      setCollapsed(
        siblings.map(({ node }) => node.id),
        false,
      );
    }
    function toggleMark(): void {
      if (!row?.node.row) return;
      const marked = new Set(useChains.getState().marked);
      if (!marked.delete(row.node.id)) marked.add(row.node.id);
      useChains.setState({ marked, anchor: row.node.id, focus: row.node.id });
    }
    function toggleOpen(): void {
      if (row && row.node.children.length > 0)
        setCollapsed([row.node.id], !useChains.getState().collapsed.has(row.node.id));
    }
  };
}

function selectAll(rows: readonly LineRow[]): void {
  useChains.setState({ marked: new Set(rows.flatMap(({ node }) => (node.row ? [node.id] : []))) });
}

/** Marks everything between two rows; the keyboard goes to the second. */
export function selectRange(rows: readonly LineRow[], from: string, to: string): void {
  const [a, b] = [from, to].map((id) => rows.findIndex(({ node }) => node.id === id));
  if (a === undefined || b === undefined || b < 0) return;
  const first = a < 0 ? b : a;
  const between = rows.slice(Math.min(first, b), Math.max(first, b) + 1);
  useChains.setState({
    marked: new Set(between.flatMap(({ node }) => (node.row ? [node.id] : []))),
    anchor: from,
    focus: to,
  });
}

async function copyNames(rows: readonly LineRow[]): Promise<void> {
  const { marked } = useChains.getState();
  const names = rows.flatMap(({ node }) => (node.row && marked.has(node.id) ? [node.row.path] : []));
  if (names.length > 0 && (await copyText(names.join('\n'))))
    tell(names.length === 1 ? 'The path is copied.' : `${formatCount(names.length)} paths are copied.`);
}
