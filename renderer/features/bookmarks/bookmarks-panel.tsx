import { Pencil, Plus, Trash2, X } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { Bookmark } from '../../../app/contract/types.ts';
import { useClient } from '../../state/client.ts';
import type { Space } from '../../state/view.ts';
import { Empty } from '../../ui/bits.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { formatOffset, plural } from '../../ui/format.ts';
import type { Selection } from '../../ui/hex/cursor.ts';
import { ICON_SMALL } from '../../ui/icons.tsx';
import { Time } from '../../ui/values.tsx';
import css from './bookmarks.module.css';
import { removeBookmark, saveBookmark } from './bookmarks.ts';

/** What is being written: a new bookmark, or another note for one that is there. */
export type Draft = { id: string | null } & Selection & { space: Space; note: string };

/** Places somebody marked in this image, with their notes. */
export function BookmarksPanel({
  path,
  bookmarks,
  here,
  draft,
  onDraft,
  onJump,
  onClose,
}: {
  path: string;
  bookmarks: readonly Bookmark[];
  /** Selected bytes: what a new bookmark is about. */
  here: Selection & { space: Space };
  draft: Draft | null;
  onDraft: (draft: Draft | null) => void;
  onJump: (bookmark: Bookmark) => void;
  onClose: () => void;
}) {
  const client = useClient();
  const save = (note: string): void => {
    if (draft)
      void saveBookmark(client, { id: draft.id, path, space: draft.space, at: draft.at, length: draft.length, note });
    onDraft(null);
  };
  return (
    <section className={css.panel} aria-label="Bookmarks">
      <div className={css.bar}>
        <h3 className="small strong">Bookmarks</h3>
        <span className="faint micro">{plural(bookmarks.length, 'place')} in this image</span>
        <span className="grow" />
        <Button small variant="quiet" onPress={() => onDraft({ id: null, ...here, note: '' })}>
          <Plus size={ICON_SMALL} />
          Bookmark {formatOffset(here.at)}
          <kbd>Ctrl D</kbd>
        </Button>
        <IconButton label="Close the bookmarks" onPress={onClose}>
          <X size={ICON_SMALL} />
        </IconButton>
      </div>
      <div className="scroll" tabIndex={-1}>
        {draft?.id === null ? (
          <Row at={draft.at} space={draft.space} length={draft.length}>
            <NoteField key={draft.at} note="" onSave={save} onCancel={() => onDraft(null)} />
          </Row>
        ) : null}
        {bookmarks.map((bookmark) => (
          <Row
            key={bookmark.id}
            at={bookmark.at}
            space={bookmark.space}
            length={bookmark.length}
            onJump={() => onJump(bookmark)}
          >
            {draft?.id === bookmark.id ? (
              <NoteField note={bookmark.note} onSave={save} onCancel={() => onDraft(null)} />
            ) : (
              <>
                <span className="grow clip" data-tip={bookmark.note}>
                  {bookmark.note === '' ? <span className="faint">no note</span> : bookmark.note}
                </span>
                <Time moment={bookmark.created} className="faint micro nowrap" />
                <IconButton
                  label={`Edit the note at ${formatOffset(bookmark.at)}`}
                  onPress={() => onDraft({ ...bookmark })}
                >
                  <Pencil size={ICON_SMALL} />
                </IconButton>
                <IconButton
                  label={`Remove the bookmark at ${formatOffset(bookmark.at)}`}
                  onPress={() => void removeBookmark(client, bookmark.id)}
                >
                  <Trash2 size={ICON_SMALL} />
                </IconButton>
              </>
            )}
          </Row>
        ))}
        {bookmarks.length === 0 && draft === null ? (
          <Empty title="No bookmarks yet">Ctrl D marks the selected bytes, with a note for whoever comes after.</Empty>
        ) : null}
      </div>
    </section>
  );
}

function Row({
  at,
  space,
  length,
  onJump,
  children,
}: {
  at: number;
  space: Space;
  length: number;
  onJump?: () => void;
  children: ReactNode;
}) {
  const place = `${formatOffset(at)}${length > 1 ? `, ${plural(length, 'byte')}` : ''}`;
  return (
    <div className={css.row}>
      {onJump ? (
        <Button
          variant="link"
          className={css.at}
          onPress={onJump}
          tip={`Go to ${at} of the ${space === 'file' ? 'file' : 'guest disk'}`}
        >
          <span className="mono">{place}</span>
        </Button>
      ) : (
        <span className={`mono ${css.at ?? ''}`}>{place}</span>
      )}
      <span className="faint micro nowrap">{space === 'file' ? 'file' : 'disk'}</span>
      {children}
    </div>
  );
}

function NoteField({ note, onSave, onCancel }: { note: string; onSave: (note: string) => void; onCancel: () => void }) {
  const [text, setText] = useState(note);
  return (
    <>
      <TextField
        label="Note"
        value={text}
        onChange={setText}
        placeholder="What is here"
        autoFocus
        className={css.note}
        inputProps={{ maxLength: 4096 } as object}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onSave(text.trim());
          else if (event.key === 'Escape') onCancel();
          else return;
          event.preventDefault();
        }}
      />
      <Button small onPress={() => onSave(text.trim())}>
        Save
      </Button>
      <Button small variant="quiet" onPress={onCancel}>
        Cancel
      </Button>
    </>
  );
}
