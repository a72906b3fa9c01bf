import { useRef, useState } from 'react';
import type { VmfsAnswer } from '../../../app/contract/types.ts';
import { asPlatterError, type PlatterError } from '../../../core/errors.ts';
import type { VmfsVolumeSummary } from '../../../core/vmfs/summary.ts';
import { useClient } from '../../state/client.ts';
import { tell } from '../../state/notices.ts';
import { SectionHead, Tag } from '../../ui/bits.tsx';
import { Button } from '../../ui/button.tsx';
import { copyText } from '../../ui/copy.ts';
import { TextField } from '../../ui/field.tsx';
import { HealthGlyph } from '../../ui/icons.tsx';
import { runJob } from '../repair/run-job.ts';
import css from './vmfs.module.css';
import { VERDICTS, volumeName } from './words.ts';

/** What ESX would make of the volumes if the disk were presented so: compared with their headers, and nothing changed. */
export function SnapshotPanel({ path }: { path: string }) {
  const client = useClient();
  const [text, setText] = useState('');
  const [lun, setLun] = useState('');
  const [asked, setAsked] = useState<{ state: 'asking' } | { answer: VmfsAnswer } | { error: PlatterError } | null>(
    null,
  );
  const last = useRef(0);
  const number = lun.trim() === '' ? null : Number(lun);
  const wrongLun = number !== null && !(Number.isInteger(number) && number >= 0 && number <= 0xffff);
  const compare = (): void => {
    if (text.trim() === '' || wrongLun) return;
    last.current += 1;
    const mine = last.current;
    setAsked({ state: 'asking' });
    runJob(client, 'vmfs.volumes', { paths: [path], presented: text, lun: number, everySector: false }).then(
      (answer) => {
        if (mine === last.current) setAsked({ answer });
      },
      (thrown: unknown) => {
        if (mine === last.current) setAsked({ error: asPlatterError(thrown) });
      },
    );
  };
  const answer = asked && 'answer' in asked ? asked.answer : null;
  const judged = answer?.disks[0]?.volumes.filter(({ snapshot }) => snapshot !== null) ?? [];
  return (
    <section className={css.volume} aria-label="Snapshot LUN">
      <SectionHead title="Snapshot LUN" caption="what ESX would make of it; nothing is changed" />
      <p className={css.lead}>
        ESX mounts a volume when the disk it is on still has the id in the LVM header. Say how the disk is presented: a
        vml path, an naa., eui., t10. or mpx. name, lines of <span className="mono">ls -l /vmfs/devices/disks</span> or{' '}
        <span className="mono">esxcfg-vmhbadevs -m</span>, or the XML of{' '}
        <span className="mono">svccfg export iscsitgt</span>.
      </p>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          compare();
        }}
      >
        <textarea
          className={css.text}
          aria-label="How the disk is presented"
          placeholder="vml.0200030000600144f07ed4…  or  naa.600144f07ed4…"
          value={text}
          rows={text.includes('\n') ? 6 : 2}
          spellCheck={false}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey || (text.includes('\n') && !event.ctrlKey)) return;
            event.preventDefault();
            compare();
          }}
        />
        <div className={css.formRow}>
          <TextField
            label="LUN, where the text does not say it"
            placeholder="LUN"
            value={lun}
            onChange={setLun}
            invalid={wrongLun}
            className={css.lun}
            inputProps={{ inputMode: 'numeric' }}
          />
          <span className="small dim grow">
            {wrongLun ? 'A LUN is a number from 0 to 65,535.' : 'Only where the text does not say it.'}
          </span>
          <Button isDisabled={text.trim() === '' || wrongLun} onPress={compare}>
            Compare
          </Button>
        </div>
      </form>
      <div role="status" aria-live="polite">
        {asked && 'state' in asked ? <p className="small dim">Comparing…</p> : null}
        {asked && 'error' in asked ? (
          <p className={css.unread}>
            <HealthGlyph health="error" label={null} />
            <span>
              {asked.error.message} {asked.error.place.hint}
            </span>
          </p>
        ) : null}
        {answer && judged.length === 0 ? (
          <p className={css.unread}>No volume here has an LVM header to compare with.</p>
        ) : null}
        {judged.map((volume) => (
          <Verdict key={volume.lvm?.headerOffset ?? 0} volume={volume} />
        ))}
      </div>
    </section>
  );
}

function Verdict({ volume }: { volume: VmfsVolumeSummary }) {
  const { snapshot } = volume;
  if (!snapshot) return null;
  const { verdict, certain, detail, stored, presented, choices } = snapshot;
  const { health, title } = VERDICTS[verdict];
  return (
    <article className={css.verdict} data-health={health}>
      <div className={css.title}>
        <HealthGlyph health={health} label={null} />
        <h4>{title}</h4>
        <Tag tip={certain ? 'Every version of ESX does so.' : 'It depends on the version of ESX and its settings.'}>
          {certain ? 'certain' : 'depends on the version'}
        </Tag>
        <span className="faint small clip">{volumeName(volume)}</span>
      </div>
      <p className={css.lead}>{detail}</p>
      <dl className={css.facts}>
        <dt>In the header</dt>
        <dd className="mono">{stored}</dd>
        <dt>Presented</dt>
        <dd className="mono">{presented}</dd>
      </dl>
      {choices.length === 0 ? null : (
        <>
          <h5 className={css.columnHead}>What can be done; Platter does none of it</h5>
          <ol className={css.choices}>
            {choices.map(({ id, title: name, text, commands }) => (
              <li key={id}>
                <b>{name}.</b> {text}
                {commands.length === 0 ? null : <Commands commands={commands} />}
              </li>
            ))}
          </ol>
        </>
      )}
    </article>
  );
}

function Commands({ commands }: { commands: readonly string[] }) {
  const copy = async (): Promise<void> => {
    if (await copyText(commands.join('\n'))) tell('The commands are copied.');
  };
  return (
    <div className={css.commands}>
      <pre tabIndex={0} aria-label="Commands">
        {commands.join('\n')}
      </pre>
      <Button small variant="link" onPress={() => void copy()}>
        Copy
      </Button>
    </div>
  );
}
