import { app, type Session, session, type WebContents } from 'electron';
import { isOurs, isPage, ORIGIN } from './origin.ts';

/** Closes every way out of the page: other pages, windows, frames, permissions, the network. Call once the app is ready. */
export function guardSession(): void {
  const own = session.defaultSession;
  denyPermissions(own);
  own.setSpellCheckerEnabled(false); // would fetch dictionaries
  own.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !isLocal(url) }));
  own.on('will-download', (event, item) => {
    // The page saves bytes and reports by handing out a blob; the system's dialog asks where to.
    if (!item.getURL().startsWith(`blob:${ORIGIN}/`)) event.preventDefault();
  });
}

/** Guards every page there will ever be, before it loads anything. */
export function guardContents(): void {
  app.on('web-contents-created', (_event, contents) => guard(contents));
}

function guard(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-frame-navigate', (event) => {
    // A reload is a navigation to where we are.
    if (!(event.isMainFrame && isPage(event.url))) event.preventDefault();
  });
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
}

function denyPermissions(own: Session): void {
  // Copying asks for this one; reading the clipboard is another, and denied.
  const allowed = (permission: string, address: string) =>
    permission === 'clipboard-sanitized-write' && isOurs(address);
  own.setPermissionRequestHandler((_contents, permission, answer, { requestingUrl }) =>
    answer(allowed(permission, requestingUrl)),
  );
  own.setPermissionCheckHandler((_contents, permission, origin) => allowed(permission, origin));
  own.setDevicePermissionHandler(() => false);
}

function isLocal(url: string): boolean {
  return isOurs(url) || url.startsWith('data:') || url.startsWith(`blob:${ORIGIN}/`) || url.startsWith('devtools:');
}
