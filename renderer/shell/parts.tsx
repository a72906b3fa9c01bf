import { Component, type ComponentType, lazy, type ReactNode, Suspense } from 'react';
import { asPlatterError } from '../../core/errors.ts';
import type { Subject } from '../state/view.ts';
import { Empty } from '../ui/bits.tsx';

type Parts = Record<string, ComponentType<never>>;
const found = import.meta.glob<Parts>('../features/{structures,disk,hex,inspector}/index.tsx');

function part<P>(folder: string, name: string): ComponentType<P> {
  return lazy(async () => {
    const module = await found[`../features/${folder}/index.tsx`]?.();
    const component = module?.[name] as ComponentType<P> | undefined;
    return { default: component ?? (() => <Empty title="Not here yet" />) };
  });
}

export const structuresTab = part<{ path: string }>('structures', 'StructuresTab');
export const diskTab = part<{ path: string }>('disk', 'DiskTab');
export const hexTab = part<{ path: string }>('hex', 'HexTab');
export const subjectView = part<{ subject: Subject }>('inspector', 'SubjectView');

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

  override render(): ReactNode {
    const { message } = this.state;
    if (message === null) return this.props.children;
    return <Empty title="This part of the window broke">{message}</Empty>;
  }
}
