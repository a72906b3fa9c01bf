/**
 * What the desktop window's preload gives the page, beside nothing else. The port arrives once a load, after the page's
 * scripts have run, as `message` event of the window: `source` is the window itself, `data` is {@link PORT_MESSAGE},
 * `ports[0]` the pipe to the host. A page that listens before it awaits anything does not miss it.
 */
export const PORT_MESSAGE = 'platter:port';

/** `window.platter`: there in the desktop window, absent in a browser. `F` is the DOM's File. */
export interface DesktopBridge<F> {
  /** Absolute path of a dropped file or folder; empty when it has none. */
  pathFor(file: F): string;
}
