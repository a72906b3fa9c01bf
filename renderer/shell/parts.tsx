import { Component, lazy, type ReactNode, Suspense } from 'react';
import { asPlatterError } from '../../core/errors.ts';
import { report } from '../state/notices.ts';
import { Empty } from '../ui/bits.tsx';

export const structuresTab = lazy(async () => ({
  default: (await import('../features/structures/index.tsx')).StructuresTab,
}));
export const diskTab = lazy(async () => ({ default: (await import('../features/disk/index.tsx')).DiskTab }));
export const vmfsTab = lazy(async () => ({ default: (await import('../features/vmfs/index.tsx')).VmfsTab }));
export const hexTab = lazy(async () => ({ default: (await import('../features/hex/index.tsx')).HexTab }));
export const subjectView = lazy(async () => ({
  default: (await import('../features/inspector/index.tsx')).SubjectView,
}));

/** A part of the window that is fetched when it is first shown, and that may fail alone. */
export function Later({ children }: { children: ReactNode }) {
  return (
    <Fence>
      <Suspense fallback={null}>{children}</Suspense>
    </Fence>
  );
}

/** What breaks inside leaves the rest of the window standing. */
class Fence extends Component<{ children: ReactNode }, { message: string | null }> {
  override state: { message: string | null } = { message: null };

  static getDerivedStateFromError(thrown: unknown): { message: string } {
    return { message: asPlatterError(thrown).message };
  }

  override componentDidCatch(thrown: unknown): void {
    report(thrown, 'Show a part of the window');
  }

  override render(): ReactNode {
    const { message } = this.state;
    if (message === null) return this.props.children;
    return <Empty title="This part of the window broke">{message}</Empty>;
  }
}
