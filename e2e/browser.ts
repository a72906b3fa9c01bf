// The Chromium that the end-to-end tests drive. On Linux x64 it comes whole inside an npm package (packed with brotli) and is
// unpacked once into node_modules/.cache; elsewhere, or with PLATTER_CHROMIUM, it is a browser that is already there.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Browser {
  /** undefined: Playwright's own, as `npx playwright install chromium` puts it there. */
  executablePath: string | undefined;
  args: string[];
  env: Record<string, string>;
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** No look-ups and no updates: the tests run on machines whose network is closed. */
const quiet = [
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
];

export function chromium(): Browser {
  const env = Object.fromEntries(
    Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
  const args = [...quiet];
  // Chromium's own sandbox does not start for root, and in most containers not at all.
  if (process.platform === 'linux') args.push('--no-sandbox');
  const own = process.env['PLATTER_CHROMIUM'];
  if (own !== undefined && own !== '') return { executablePath: own, args, env };
  if (process.platform !== 'linux' || process.arch !== 'x64') return { executablePath: undefined, args, env };

  const folder = unpacked();
  const executablePath = join(folder, 'chromium');
  // NSS and expat are part of every desktop; a bare machine gets the copies that come with the package.
  if (spawnSync(executablePath, ['--version'], { env, stdio: 'ignore' }).status !== 0) {
    env['LD_LIBRARY_PATH'] = [join(folder, 'al2023', 'lib'), env['LD_LIBRARY_PATH']].filter(Boolean).join(':');
  }
  if (!existsSync('/etc/fonts/fonts.conf')) env['FONTCONFIG_FILE'] = join(folder, 'fonts.conf');
  return { executablePath, args: [...args, '--font-render-hinting=none'], env };
}

/** Unpacks beside the final name and renames, so that two runs at once, or one that was killed, leave a whole folder or none. */
function unpacked(): string {
  const manifest = readFileSync(join(root, 'node_modules/@sparticuz/chromium/package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const cache = join(root, 'node_modules', '.cache', 'platter');
  const folder = join(cache, `chromium-${version}`);
  if (existsSync(folder)) return folder;

  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, 'unpacking-'));
  try {
    // The package unpacks into the temporary folder, and its libraries only where it believes it is on Amazon's machines.
    const script = "import('@sparticuz/chromium').then((module) => module.default.executablePath())";
    execFileSync(process.execPath, ['-e', script], {
      cwd: root,
      env: { ...process.env, TMPDIR: fresh, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    writeFileSync(
      join(fresh, 'fonts.conf'),
      `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${join(folder, 'fonts')}</dir>` +
        `<cachedir>${join(folder, 'fonts-cache')}</cachedir></fontconfig>\n`,
    );
    try {
      renameSync(fresh, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error; // else another run finished first
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return folder;
}
