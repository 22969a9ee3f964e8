import type { IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { MAX_BODY_BYTES } from './entry.ts';

type Middleware = (
  request: IncomingMessage & { rawBody?: Buffer },
  response: unknown,
  next: (error?: unknown) => void,
) => void;

interface BodyParser {
  json: () => Middleware;
  text: () => Middleware;
  urlencoded: () => Middleware;
  raw: () => Middleware;
}

/**
 * Makes functions-framework hand over bytes and nothing else, for every server it creates from now on.
 *
 * The framework parses by content type before a function runs: it answers malformed JSON with an HTML
 * page, so that a signed delivery which belongs in quarantine is lost; it inflates compressed bodies,
 * which changes the bytes a signature is over; it keeps no bytes of a body without a content type; and
 * it buffers up to 1 GB. Its parsers are those of `body-parser`, asked for when a server is created.
 */
export function keepRawBodies(): void {
  const framework = createRequire(
    createRequire(import.meta.url).resolve('@google-cloud/functions-framework'),
  );
  const parser = framework('body-parser') as BodyParser;
  const pass: Middleware = (_request, _response, next) => next();
  parser.json = () => pass;
  parser.text = () => pass;
  parser.urlencoded = () => pass;
  parser.raw = () => readRawBody;
}

/** A body over the limit is cut one byte past it, which is what an entry needs to refuse it. */
const readRawBody: Middleware = (request, _response, next) => {
  const chunks: Buffer[] = [];
  let kept = 0;
  request.on('data', (chunk: Buffer) => {
    const taken = chunk.subarray(0, MAX_BODY_BYTES + 1 - kept);
    if (taken.byteLength > 0) chunks.push(taken);
    kept += taken.byteLength;
  });
  request.once('error', next);
  request.once('end', () => {
    request.rawBody = Buffer.concat(chunks);
    next();
  });
};
