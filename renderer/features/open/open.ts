import type { Client } from '../../../app/contract/contract.ts';
import { useCase } from '../../state/case.ts';
import { openDialog } from '../../state/dialogs.ts';
import { forgetDropped } from '../../state/dropped.ts';
import { report } from '../../state/notices.ts';

/** Opens files and folders as the case; `add` keeps what is open. Answers whether it worked; why not is told. */
export async function openPaths(client: Client, paths: string[], add = false): Promise<boolean> {
  if (paths.length === 0) return false;
  try {
    await client.call('evidence.openPath', { paths, add });
    if (!add) forgetDropped();
    return true;
  } catch (thrown) {
    report(thrown, 'Open');
    return false;
  }
}

/** Asks which files, or which folder, and opens them: with the system's dialog where there is one, else with our own. */
export async function chooseAndOpen(client: Client, what: 'files' | 'folder'): Promise<void> {
  if (!useCase.getState().host?.dialogs) {
    openDialog({ kind: 'browse', what });
    return;
  }
  try {
    const { paths } = await client.call('files.choose', { kind: what });
    await openPaths(client, paths);
  } catch (thrown) {
    report(thrown, 'Open');
  }
}

export async function openSample(client: Client): Promise<void> {
  try {
    await client.call('evidence.openSample', {});
    forgetDropped();
  } catch (thrown) {
    report(thrown, 'Open the sample case');
  }
}

export async function closeCase(client: Client): Promise<void> {
  try {
    await client.call('evidence.close', {});
    forgetDropped();
  } catch (thrown) {
    report(thrown, 'Close');
  }
}

export async function reloadCase(client: Client): Promise<void> {
  try {
    await client.call('evidence.reload', {});
  } catch (thrown) {
    report(thrown, 'Read again');
  }
}
