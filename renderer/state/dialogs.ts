import { create } from 'zustand';
import type { FindingCode } from '../../core/findings/codes.ts';

/** What stands over the window. */
export type OpenDialog =
  | { kind: 'browse'; what: 'files' | 'folder' }
  | { kind: 'palette'; text: string }
  | { kind: 'shortcuts' }
  | { kind: 'about' }
  | { kind: 'code'; code: FindingCode }
  | { kind: 'hash'; path: string }
  | { kind: 'repair'; path: string; mode: 'quick' | 'wizard' }
  | { kind: 'repair-all' }
  | { kind: 'coalesce'; path: string }
  | { kind: 'coalesce-list' }
  | { kind: 'export'; path: string }
  | { kind: 'relink'; path: string }
  | { kind: 'save-partition'; path: string; partition: number }
  | { kind: 'rebuild-table'; path: string }
  | { kind: 'backup-headers'; path: string }
  | { kind: 'restore-headers'; path: string };

interface DialogStore {
  open: OpenDialog | null;
}

export const useDialogs = create<DialogStore>()(() => ({ open: null }));

export function openDialog(open: OpenDialog): void {
  useDialogs.setState({ open });
}

export function closeDialog(): void {
  useDialogs.setState({ open: null });
}
