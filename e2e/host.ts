import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The loopback host in a process of its own. */
export interface RunningHost {
  /** Lets one browser in, once. */
  address: string;
  process: ChildProcess;
  /** Ends it and fails when it did not end well, or complained on the way. */
  stop(): Promise<void>;
}

export interface HostFolders {
  /** What is served where no path is given. */
  home: string;
  state: string;
}

/** Variables of a host that knows nothing of the machine it runs on. */
export function environment({ home, state }: HostFolders): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    USERPROFILE: home,
    PLATTER_STATE: state,
    TZ: 'UTC',
    LANG: 'C.UTF-8',
  };
}

export async function startHost(paths: readonly string[], folders: HostFolders): Promise<RunningHost> {
  const program = join(root, 'dist', 'start.js');
  const child = spawn(process.execPath, [program, ...paths], {
    env: environment(folders),
    cwd: folders.home,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const complaints: string[] = [];
  createInterface(child.stderr).on('line', (line) => complaints.push(line));
  const ended = once(child, 'exit');
  const address = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const found = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(line)?.[0];
      if (found !== undefined) resolve(found);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the host ended with ${code}:\n${complaints.join('\n')}`)));
  });
  return {
    address,
    process: child,
    async stop() {
      child.kill('SIGTERM');
      const [code, signal] = (await ended) as [number | null, string | null];
      const odd = complaints.filter((line) => !line.startsWith('The address works once.'));
      if (code !== 0 || odd.length > 0) throw new Error(`the host ended with ${code ?? signal}:\n${odd.join('\n')}`);
    },
  };
}
