import { Link2, Wrench } from 'lucide-react';
import type { Finding } from '../../../core/findings/finding.ts';
import { useCase } from '../../state/case.ts';
import { openDialog } from '../../state/dialogs.ts';
import { isDropped } from '../../state/dropped.ts';
import { Button } from '../../ui/button.tsx';
import { ICON_SMALL } from '../../ui/icons.tsx';
import { needsRebuild, openRebuild } from '../rebuild/open.ts';
import { openRepair } from './open.ts';
import { isRepairable } from './repairable.ts';

/** Whether what a finding needs is that the image is pointed at its parent. */
export function needsRelink({ repairs, severity }: Finding): boolean {
  return severity !== 'info' && repairs[0] === 'relink-parent';
}

/** The button for what can be done about a finding; nothing where nothing can. */
export function Remedy({ path, finding }: { path: string; finding: Finding }) {
  const row = useCase((state) => state.chains.byPath.get(path));
  if (needsRebuild(finding, row))
    return (
      <Button small onPress={() => openRebuild(path)}>
        <Wrench size={ICON_SMALL} aria-hidden="true" />
        Rebuild the table…
      </Button>
    );
  if (isDropped(path) || !isRepairable(finding)) return null;
  if (needsRelink(finding))
    return (
      <Button small onPress={() => openDialog({ kind: 'relink', path })}>
        <Link2 size={ICON_SMALL} aria-hidden="true" />
        Relink…
      </Button>
    );
  return (
    <Button small onPress={() => openRepair(path)}>
      <Wrench size={ICON_SMALL} aria-hidden="true" />
      Repair…
    </Button>
  );
}
