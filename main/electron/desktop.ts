import { app, dialog } from 'electron';
import { threadPool } from '../../app/jobs/pool.ts';
import { messagePortPipe } from '../../app/rpc/message-port.ts';
import { serve } from '../../app/rpc/serve.ts';
import { createServices, type Services } from '../../app/services/services.ts';
import { VERSION } from '../../app/version.ts';
import { asPlatterError } from '../../core/errors.ts';
import { vhdUtilCheck } from '../vhd-util-check.ts';
import { handPorts } from './connect.ts';
import { choosePaths } from './dialogs.ts';
import { guardSession } from './guards.ts';
import { setMenu } from './menu.ts';
import { pathsHandedOver } from './opening.ts';
import { pageFolder, worker } from './paths.ts';
import { servePage } from './protocol.ts';
import { currentWindow, showWindow } from './window.ts';

/**
 * Runs the one instance: services in this process, a window that talks to them, and whatever the desktop asks to open.
 * @param asked paths of the command line, absolute.
 */
export function runDesktop(state: string, asked: readonly string[]): void {
  const log = (message: string): void => void process.stderr.write(`platter: ${message}\n`);
  const services = createServices({
    host: 'electron',
    version: VERSION,
    served: null,
    pool: threadPool(worker),
    state,
    log,
    choose: choosePaths,
    vhdUtilCheck,
  });
  const opener = new Opener(services);
  opener.open(asked);

  // macOS says it this way, also before the app is ready and once for each file.
  app.on('open-file', (event, file) => {
    event.preventDefault();
    opener.open([file]);
    if (app.isReady()) showWindow();
  });
  app.on('second-instance', (_event, _argv, _folder, data) => {
    opener.open(pathsHandedOver(data));
    showWindow();
  });
  app.on('activate', () => showWindow());
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  endTidily(services, log);

  handPorts((port) => {
    const pipe = messagePortPipe(port);
    serve(pipe, services);
    return pipe;
  });
  void app.whenReady().then(() => {
    guardSession();
    servePage(pageFolder);
    setMenu((command) => {
      showWindow();
      services.events.emit('host.command', { command });
    });
    showWindow();
  });
}

/** Opens what the desktop asks for, one request after the other; the first as the case, the others beside what is open. */
class Opener {
  readonly #services: Services;
  #last: Promise<void> = Promise.resolve();

  constructor(services: Services) {
    this.#services = services;
  }

  open(paths: readonly string[]): void {
    if (paths.length === 0) return;
    this.#last = this.#last.then(async () => {
      try {
        await this.#services.handlers['evidence.openPath']({ paths: [...paths], add: true }, { aborted: false });
      } catch (thrown) {
        await tell(thrown);
      }
    });
  }
}

async function tell(thrown: unknown): Promise<void> {
  const { message, place } = asPlatterError(thrown);
  await app.whenReady();
  const options = {
    type: 'error' as const,
    message: 'This could not be opened.',
    detail: [message, place.hint].join('\n'),
  };
  const window = currentWindow();
  await (window === null ? dialog.showMessageBox(options) : dialog.showMessageBox(window, options));
}

/** Jobs are stopped and files closed before the program ends; one that writes is waited for. */
function endTidily(services: Services, log: (message: string) => void): void {
  let ending: 'no' | 'now' | 'done' = 'no';
  app.on('before-quit', (event) => {
    if (ending === 'done') return;
    event.preventDefault();
    if (ending === 'now') return;
    ending = 'now';
    void services
      .close()
      .catch((thrown: unknown) => log(asPlatterError(thrown).message))
      .then(() => {
        ending = 'done';
        app.quit();
      });
  });
}
