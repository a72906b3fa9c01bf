import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

export interface Page {
  type: string;
  body: Uint8Array;
}

/** Headers of every answer: nothing is kept, framed, guessed at or sent elsewhere. */
export function securityHeaders(origin: string, nonce: string): Record<string, string> {
  const socket = origin.replace('http:', 'ws:');
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' blob:",
    "font-src 'self'",
    `connect-src 'self' ${socket}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'Content-Security-Policy': policy.join('; '),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
  };
}

export const newNonce = (): string => randomBytes(16).toString('base64');

/** The built page's files, found once: what is not among them is not there, whatever a path says. */
export class Pages {
  readonly #folder: string;
  readonly #names: ReadonlySet<string>;

  private constructor(folder: string, names: ReadonlySet<string>) {
    this.#folder = folder;
    this.#names = names;
  }

  static async of(folder: string): Promise<Pages> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    const names = entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
    return new Pages(folder, new Set(names));
  }

  /** A file by its path in the address, without the leading slash; null when there is none. */
  async get(name: string): Promise<Page | null> {
    if (!this.#names.has(name)) return null;
    const type = TYPES[path.extname(name)] ?? 'application/octet-stream';
    return { type, body: await readFile(path.join(this.#folder, name)) };
  }

  /** The page itself, with its secret (empty when it must have one already) and the nonce of its own styles. */
  async index(secret: string, nonce: string): Promise<Page> {
    const page = await this.get('index.html');
    const html = page ? Buffer.from(page.body).toString('utf8') : plainPage('The screens are gone.', '');
    const tags = `<meta name="platter-secret" content="${secret}"><meta property="csp-nonce" nonce="${nonce}">`;
    return { type: TYPES['.html'] ?? '', body: Buffer.from(html.replace('<head>', `<head>${tags}`)) };
  }
}

/** A page of one sentence. `head` is put into its head as it is. */
export function plainPage(text: string, head: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Platter</title>${head}</head><body><p>${text}</p></body></html>`;
}
