import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type CustomScheme, protocol } from 'electron';
import { isOurs, SCHEME } from './origin.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/** For `protocol.registerSchemesAsPrivileged`, which has to be told before the app is ready. */
export const pageScheme: CustomScheme = {
  scheme: SCHEME,
  privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
};

/** Answers the page's requests from the files of `folder`, and from nowhere else. */
export function servePage(folder: string): void {
  protocol.handle(SCHEME, (request) => answer(folder, request));
}

async function answer(folder: string, { method, url }: Request): Promise<Response> {
  if (method !== 'GET') return respond('Only GET is answered here.', 405);
  const file = fileOf(folder, url);
  const type = file === null ? undefined : TYPES[path.extname(file)];
  if (file === null || type === undefined) return respond('There is no such file.', 404);
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch {
    return respond('There is no such file.', 404);
  }
  if (!file.endsWith('.html')) return respond(new Uint8Array(content), 200, type);
  // The nonce lets the page add the few style elements that its widgets make.
  const nonce = randomBytes(16).toString('base64');
  const tag = `<meta property="csp-nonce" nonce="${nonce}">`;
  return respond(content.toString('utf8').replace('<head>', `<head>${tag}`), 200, type, nonce);
}

/** The file of an address; null for what would lead out of the folder or is no address of ours. */
function fileOf(folder: string, url: string): string | null {
  if (!isOurs(url)) return null;
  let name: string;
  try {
    name = decodeURIComponent(new URL(url).pathname);
  } catch {
    return null;
  }
  if (name === '/') name = '/index.html';
  const parts = name.slice(1).split('/');
  const isOdd = parts.some((part) => part === '' || part.startsWith('.') || /[\0\\:]/.test(part));
  return isOdd ? null : path.join(folder, ...parts);
}

/** Every answer carries the policy: what the page may load and do is its own files, and nothing from anywhere else. */
function respond(
  body: string | Uint8Array<ArrayBuffer>,
  status: number,
  type = 'text/plain; charset=utf-8',
  nonce?: string,
): Response {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self'${nonce === undefined ? '' : ` 'nonce-${nonce}'`}`,
    "font-src 'self'",
    "img-src 'self' blob:",
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  const headers = {
    'Content-Type': type,
    'Content-Security-Policy': policy.join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
  };
  return new Response(body, { status, headers });
}
