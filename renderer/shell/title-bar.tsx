import { Ellipsis, File, Folder, LockKeyhole, Search } from 'lucide-react';
import { Button as AriaButton } from 'react-aria-components/Button';
import { chooseAndOpen } from '../features/open/open.ts';
import { isOpen, useCase } from '../state/case.ts';
import { useClient } from '../state/client.ts';
import { openDialog } from '../state/dialogs.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { ICON_SMALL, Logo } from '../ui/icons.tsx';
import { MenuButton } from '../ui/menu.tsx';
import { keyText } from './keys.ts';
import css from './title-bar.module.css';
import { WindowMenu } from './window-menu.tsx';

export function TitleBar() {
  const client = useClient();
  const opened = useCase((state) => state.opened);
  const name = isOpen(opened) ? opened.name : 'Platter';
  return (
    <header className={css.top}>
      <span className={css.logo}>
        <Logo />
      </span>
      <h1 className={css.case} data-tip={isOpen(opened) ? opened.roots.map(({ path }) => path).join('\n') : undefined}>
        {name}
      </h1>
      <span className={css.rule} />
      <Button variant="quiet" onPress={() => void chooseAndOpen(client, 'files')}>
        <File size={ICON_SMALL} />
        Open…
      </Button>
      <Button variant="quiet" className={css.wide} onPress={() => void chooseAndOpen(client, 'folder')}>
        <Folder size={ICON_SMALL} />
        Open folder…
      </Button>
      <div className={css.middle}>
        <AriaButton
          className={css.find ?? ''}
          aria-label="Find image, offset, command"
          onPress={() => openDialog({ kind: 'palette', text: '' })}
        >
          <Search size={ICON_SMALL} />
          <span className="grow clip">Find image, offset, command</span>
          <kbd>{keyText('Mod+K')}</kbd>
        </AriaButton>
      </div>
      <span
        className={css.sealed}
        data-tip="Files are opened for reading only. Looking at them changes nothing in them."
      >
        <LockKeyhole size={ICON_SMALL} aria-hidden="true" />
        Evidence is read-only
      </span>
      <MenuButton
        label="More"
        trigger={
          <IconButton label="More" small={false}>
            <Ellipsis size={ICON_SMALL} />
          </IconButton>
        }
      >
        <WindowMenu />
      </MenuButton>
    </header>
  );
}
