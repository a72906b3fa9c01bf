import { Copy } from 'lucide-react';
import type { Client, Target } from '../../../app/contract/contract.ts';
import { useClient } from '../../state/client.ts';
import { report, tell } from '../../state/notices.ts';
import { Button } from '../../ui/button.tsx';
import { copyText } from '../../ui/copy.ts';
import { formatCount, formatOffset, plural } from '../../ui/format.ts';
import { type CopyForm, copyAs, MAX_COPY } from '../../ui/hex/copy-as.ts';
import type { Selection } from '../../ui/hex/cursor.ts';
import { ICON_SMALL } from '../../ui/icons.tsx';
import { MenuButton, MenuGroup, MenuItem, MenuSeparator } from '../../ui/menu.tsx';
import { joined, MAX_RANGE, readRange, saveFile } from './read-range.ts';

/** What is copied: bytes of a target, and what they are called in a C array and as a file. */
export interface Copied {
  target: Target;
  range: Selection;
  name: string;
}

const FORMS: { form: CopyForm; title: string; keys?: string }[] = [
  { form: 'hex', title: 'Hex', keys: 'Ctrl C' },
  { form: 'spaced', title: 'Hex, 16 a line' },
  { form: 'dump', title: 'Hex dump with text' },
  { form: 'c', title: 'C array' },
  { form: 'base64', title: 'Base64' },
  { form: 'text', title: 'Text' },
];

export async function copyBytes(client: Client, { target, range, name }: Copied, form: CopyForm): Promise<void> {
  try {
    const bytes = joined(await readRange(client, target, range.at, Math.min(range.length, MAX_COPY)));
    if (await copyText(copyAs(form, bytes, range.at, name))) tell(`${plural(bytes.length, 'byte')} copied.`);
  } catch (thrown) {
    report(thrown, 'Copying');
  }
}

export async function saveBytes(client: Client, { target, range, name }: Copied): Promise<void> {
  try {
    const parts = await readRange(client, target, range.at, range.length);
    saveFile(`${name.replace(/[^\w.-]+/g, '-')}-${formatOffset(range.at)}-${range.length}.bin`, parts);
  } catch (thrown) {
    report(thrown, 'Saving bytes');
  }
}

/** The items of "Copy as", for a button's menu and for a right click. */
export function CopyItems({ copied }: { copied: Copied }) {
  const client = useClient();
  const { length } = copied.range;
  const why = length > MAX_COPY ? `over ${formatCount(MAX_COPY / 1024 / 1024)} MiB` : undefined;
  return (
    <>
      <MenuGroup caption={`${plural(length, 'byte')} at ${formatOffset(copied.range.at)}`}>
        {FORMS.map(({ form, title, keys }) => (
          <MenuItem
            key={form}
            why={why}
            {...(keys === undefined ? {} : { keys })}
            onAction={() => void copyBytes(client, copied, form)}
          >
            {title}
          </MenuItem>
        ))}
      </MenuGroup>
      <MenuSeparator />
      <MenuItem
        why={length > MAX_RANGE ? `over ${formatCount(MAX_RANGE / 1024 / 1024)} MiB` : undefined}
        onAction={() => void saveBytes(client, copied)}
      >
        Save as raw file…
      </MenuItem>
    </>
  );
}

export function CopyMenu({ copied }: { copied: Copied }) {
  return (
    <MenuButton
      label="Copy as"
      trigger={
        <Button variant="quiet" small>
          <Copy size={ICON_SMALL} />
          Copy as…
        </Button>
      }
    >
      <CopyItems copied={copied} />
    </MenuButton>
  );
}
