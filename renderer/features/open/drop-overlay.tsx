import { useEffect, useRef, useState } from 'react';
import { useClient } from '../../state/client.ts';
import { useDialogs } from '../../state/dialogs.ts';
import { openDropped, takeDropped } from './drop.ts';
import css from './drop-overlay.module.css';

/** Dropping works anywhere in the window. */
export function DropOverlay() {
  const client = useClient();
  const [over, setOver] = useState(false);
  const depth = useRef(0);
  useEffect(() => {
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
    const enter = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth.current += 1;
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      depth.current = Math.max(0, depth.current - 1);
      if (depth.current === 0) setOver(false);
    };
    const move = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth.current = 0;
      setOver(false);
      if (!event.dataTransfer) return;
      useDialogs.setState({ open: null });
      // the transfer is empty after this event: what is in it has to be taken now
      void openDropped(client, takeDropped(event.dataTransfer));
    };
    window.addEventListener('dragenter', enter);
    window.addEventListener('dragleave', leave);
    window.addEventListener('dragover', move);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragenter', enter);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('dragover', move);
      window.removeEventListener('drop', drop);
    };
  }, [client]);
  if (!over) return null;
  return (
    <div className={css.overlay}>
      <div className={css.box}>
        <b>Drop to open</b>
        <span className="dim">Files and folders are only read.</span>
      </div>
    </div>
  );
}
