/** Preload to main: the page is ready for its port. */
export const CONNECT = 'platter:connect';
/** Main to preload: the port. */
export const PORT = 'platter:port';
