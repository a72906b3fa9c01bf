// Chromium's own files of the window; it wants to find their folder there.
// eslint-disable-next-line no-restricted-imports
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { app, protocol } from 'electron';
import { stateFolder } from '../../app/services/store.ts';
import { runDesktop } from './desktop.ts';
import { guardContents } from './guards.ts';
import { type Handover, pathsOf } from './opening.ts';
import { pageScheme } from './protocol.ts';

// What has to be said before the app is ready.
app.setName('Platter');
app.enableSandbox();
protocol.registerSchemesAsPrivileged([pageScheme]);
// No name resolves, whatever part of Chromium asks.
app.commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND');
app.commandLine.appendSwitch('disable-background-networking');
const state = stateFolder();
const own = path.join(state, 'window');
mkdirSync(own, { recursive: true });
app.setPath('userData', own);
guardContents();

const asked = pathsOf(process.argv.slice(app.isPackaged ? 1 : 2), process.cwd());
const handover: Handover = { paths: asked };
if (app.requestSingleInstanceLock({ ...handover })) runDesktop(state, asked);
else app.quit();
