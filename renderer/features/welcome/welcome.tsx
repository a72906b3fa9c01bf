import { Archive, File, Folder, Import, LockKeyhole, Network, Search } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import type { RecentCase } from '../../../app/contract/types.ts';
import { keyText } from '../../shell/keys.ts';
import { useAnswer } from '../../state/answer.ts';
import { useClient } from '../../state/client.ts';
import { report } from '../../state/notices.ts';
import { Button } from '../../ui/button.tsx';
import { ICON, ICON_SMALL } from '../../ui/icons.tsx';
import { Name, Time } from '../../ui/values.tsx';
import { chooseAndOpen, openPaths, openSample } from '../open/open.ts';
import css from './welcome.module.css';

/** Nothing is open: what can be, and how. */
export function Welcome() {
  const client = useClient();
  return (
    <main className={css.welcome}>
      <div className={css.column}>
        <h2>Nothing is open</h2>
        <div className={css.drop}>
          <div className={css.zone}>
            <Import size={20} aria-hidden="true" />
            <div>
              <p className="strong">Drop a .vhd, a folder or a disk image</p>
              <p className="dim">anywhere in this window. It is only ever read.</p>
            </div>
          </div>
          <div className="row">
            <Button variant="primary" autoFocus onPress={() => void chooseAndOpen(client, 'folder')}>
              <Folder size={ICON_SMALL} />
              Open folder… <kbd>{keyText('Mod+Shift+O')}</kbd>
            </Button>
            <Button onPress={() => void chooseAndOpen(client, 'files')}>
              <File size={ICON_SMALL} />
              Open…
            </Button>
          </div>
        </div>
        <Sample />
        <Recent />
        <section>
          <h3 className={css.section}>Good to know</h3>
          <ul className={css.hints}>
            <Hint icon={<LockKeyhole size={ICON} />} title="Your files are only read">
              Nothing is written to what is opened, and nothing is made beside it.
            </Hint>
            <Hint
              icon={<Search size={ICON} />}
              title={
                <>
                  Ask anything with <kbd>{keyText('Mod+K')}</kbd>
                </>
              }
            >
              An image name, a UUID, an offset such as <span className="mono">0x1e38c800</span>, a sector{' '}
              <span className="mono">21689536s</span>, or a command.
            </Hint>
            <Hint icon={<Network size={ICON} />} title="Open the folder, not the file">
              A child is only half a disk. Give Platter the whole storage repository and it finds every parent, sibling
              and orphan.
            </Hint>
          </ul>
        </section>
      </div>
    </main>
  );
}

function Sample() {
  const client = useClient();
  const [building, setBuilding] = useState(false);
  const open = async (): Promise<void> => {
    setBuilding(true);
    await openSample(client);
    setBuilding(false);
  };
  return (
    <div className={css.sample}>
      <div className="grow">
        <h3 className="strong">New here?</h3>
        <p>
          The sample case is a small storage repository with a healthy chain, a shared template and broken footers,
          built fresh each time, so nothing in it can be harmed.
        </p>
      </div>
      <Button onPress={() => void open()} isDisabled={building}>
        {building ? 'Building it…' : 'Open the sample case'}
      </Button>
    </div>
  );
}

function Recent() {
  const client = useClient();
  const [forgotten, setForgotten] = useState(0);
  const answer = useAnswer('recent', String(forgotten), () => client.call('evidence.recent', {}));
  const recent = answer.value?.recent ?? [];
  if (recent.length === 0) return null;
  const forget = (): void =>
    void client.call('evidence.forgetRecent', {}).then(() => setForgotten((count) => count + 1), report);
  return (
    <section>
      <h3 className={css.section}>
        Recent cases
        <span className="grow" />
        <Button variant="link" onPress={forget}>
          Forget them
        </Button>
      </h3>
      <ul className={css.recent}>
        {recent.slice(0, 6).map((one) => (
          <li key={one.paths.join('\n')}>
            <RecentLine recent={one} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function RecentLine({ recent: { paths, name, kind, opened } }: { recent: RecentCase }) {
  const client = useClient();
  return (
    <AriaButton className={css.case ?? ''} onPress={() => void openPaths(client, paths)} aria-label={`Open ${name}`}>
      <span className="faint">{kind === 'folder' ? <Archive size={ICON_SMALL} /> : <File size={ICON_SMALL} />}</span>
      <span className="clip strong">{name}</span>
      <Name className="faint" title={paths.join('\n')}>
        {paths[0] ?? ''}
      </Name>
      <span className="num faint">
        <Time moment={opened} />
      </span>
    </AriaButton>
  );
}

function Hint({ icon, title, children }: { icon: ReactNode; title: ReactNode; children: ReactNode }) {
  return (
    <li>
      {icon}
      <h4 className="strong">{title}</h4>
      <p>{children}</p>
    </li>
  );
}
