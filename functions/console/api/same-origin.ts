import { refuse, type Refusal } from './problem.ts';

type Headers = Readonly<Record<string, string | undefined>>;

/**
 * Refuses a write that a page of another site may have sent (cross-site request forgery). Browsers say where a
 * request comes from by `Sec-Fetch-Site` and `Origin`; what says neither is no browser, and no site can make a
 * browser leave both out. A body must be JSON and a key must be given, which no form and no image can send: a script
 * of another site would have to ask first, and is never told yes.
 *
 * @returns null when the write may go on.
 */
export function refusalOfOrigin(headers: Headers): Refusal | null {
  const site = headers['sec-fetch-site'];
  const origin = headers['origin'];
  if (site !== undefined && site !== 'same-origin') return crossSite();
  if (origin !== undefined && hostOf(origin) !== headers['host']?.toLowerCase()) return crossSite();
  const [contentType = ''] = (headers['content-type'] ?? '').split(';');
  if (contentType.trim().toLowerCase() !== 'application/json') {
    return refuse('unsupported_media_type', 'Send the body as application/json.');
  }
  return null;
}

function crossSite(): Refusal {
  return refuse('cross_site', 'Changes are taken from the console itself only; open it and do it there.');
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host.toLowerCase() : undefined;
}
