import type { WebFrameMain } from 'electron';

/** The page's own scheme: standard and secure, so that it has an origin and a policy like any site. */
export const SCHEME = 'app';
const HOST = 'platter';
export const ORIGIN = `${SCHEME}://${HOST}`;
/** Address of the page; nothing else is ever navigated to. */
export const PAGE = `${ORIGIN}/`;

/** Whether an address is one of ours; what cannot be parsed is not. */
export function isOurs(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, host, username, password } = new URL(address);
  return protocol === `${SCHEME}:` && host === HOST && username === '' && password === '';
}

/** Whether an address is the page's, wherever in it. */
export function isPage(address: string): boolean {
  return isOurs(address) && new URL(address).pathname === '/';
}

/** A frame that may speak to the main process: the page itself, not what it might contain or have become. */
export function isOurPage(frame: WebFrameMain | null): frame is WebFrameMain {
  return (
    frame !== null && !frame.isDestroyed() && frame.parent === null && frame.origin === ORIGIN && isPage(frame.url)
  );
}
