import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const newSecret = (): string => randomBytes(32).toString('base64url');

/** Compared in constant time, whatever the lengths. */
function same(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

interface Session {
  cookie: string;
  /** Shown once more with the first page, which then gets its secret; null when that was done. */
  once: string | null;
  secret: string;
}

/** Tokens that may wait to be used; the oldest go first. */
const MAX_TOKENS = 8;
/** Browsers that may be let in. */
const MAX_SESSIONS = 64;

/**
 * Who is let in. A token in the address works once and becomes two cookies. Cookies ignore ports: any local server the browser
 * ever visits sees them. So the cookie alone opens nothing but static files; what opens the socket is a secret written into the
 * first page after the token, which the page keeps for itself.
 */
export class Gate {
  readonly #port: number;
  #tokens: string[] = [];
  #sessions: Session[] = [];

  constructor(port: number) {
    this.#port = port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** An address that lets one browser in, once. */
  newAddress(): string {
    const token = newSecret();
    this.#tokens = [...this.#tokens, token].slice(-MAX_TOKENS);
    return `${this.origin}/?token=${token}`;
  }

  /** The cookies a token is worth; null when it is none, or was used. */
  redeem(token: string): string[] | null {
    const known = this.#tokens.filter((candidate) => same(candidate, token));
    if (known.length === 0) return null;
    this.#tokens = this.#tokens.filter((candidate) => !known.includes(candidate));
    const session: Session = { cookie: newSecret(), once: newSecret(), secret: newSecret() };
    this.#sessions = [...this.#sessions, session].slice(-MAX_SESSIONS);
    const flags = 'HttpOnly; SameSite=Strict; Path=/';
    return [
      `${this.#name('session')}=${session.cookie}; ${flags}`,
      `${this.#name('once')}=${session.once ?? ''}; ${flags}; Max-Age=60`,
    ];
  }

  #name(kind: 'session' | 'once'): string {
    return `platter-${kind}-${this.#port}`;
  }

  /** Why a request is turned away before anything is looked at; null when it may go on. */
  refuses(request: IncomingMessage, upgrade: boolean): string | null {
    const { host, origin, 'sec-fetch-site': site } = request.headers;
    if (host !== `127.0.0.1:${this.#port}`) return 'The request names another host.';
    if (origin === undefined ? upgrade : origin !== this.origin) return 'The request comes from another origin.';
    // a browser says so also where it sends no Origin; only the page itself may be come to from elsewhere
    const path = request.url?.split('?')[0];
    if (site === 'cross-site' || site === 'same-site')
      if (path !== '/' || request.headers['sec-fetch-mode'] !== 'navigate')
        return 'The request comes from another site.';
    return null;
  }

  isKnown(request: IncomingMessage): boolean {
    return this.#session(request) !== null;
  }

  #session(request: IncomingMessage): Session | null {
    const cookie = cookieOf(request, this.#name('session'));
    return cookie === null ? null : (this.#sessions.find((session) => same(session.cookie, cookie)) ?? null);
  }

  /** The page's secret, given to the first page after the token; null to all others. */
  takeSecret(request: IncomingMessage): string | null {
    const session = this.#session(request);
    const once = cookieOf(request, this.#name('once'));
    if (!session || session.once === null || once === null || !same(session.once, once)) return null;
    session.once = null;
    return session.secret;
  }

  /** Whether a socket's first frame shows the secret that belongs to its cookie. */
  opens(request: IncomingMessage, secret: unknown): boolean {
    const session = this.#session(request);
    return session !== null && typeof secret === 'string' && same(session.secret, secret);
  }
}

function cookieOf(request: IncomingMessage, name: string): string | null {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [key, ...value] = part.trim().split('=');
    if (key === name) return value.join('=');
  }
  return null;
}
