import type { IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { MAX_BODY_BYTES } from './entry.ts';

type RawRequest = IncomingMessage & { rawBody?: Buffer; originalUrl?: string };
type Middleware = (request: RawRequest, response: unknown, next: () => void) => void;

interface BodyParser {
  json: () => Middleware;
  text: () => Middleware;
  urlencoded: () => Middleware;
  raw: () => Middleware;
}

interface Express {
  readonly application: { handle: (this: unknown, request: RawRequest, ...rest: unknown[]) => void };
}

let isKept = false;

/**
 * Makes functions-framework hand over addresses and bytes as they came, for every server it creates from now on.
 *
 * The framework parses by content type before a function runs: it answers malformed JSON with an HTML
 * page, so that a signed delivery which belongs in quarantine is lost; it inflates compressed bodies,
 * which changes the bytes a signature is over; it keeps no bytes of a body without a content type; and
 * it buffers up to 1 GB. Its parsers are those of `body-parser`, asked for when a server is created.
 *
 * Its router decodes the path, though every path leads to the function. One that cannot be decoded it answers
 * with a stack trace, and writes into the log, where no data of a caller may be (M14). So the router is shown
 * `/`, and the handler reads the address from `originalUrl`.
 */
export function keepRawRequests(): void {
  if (isKept) return;
  isKept = true;
  const framework = createRequire(
    createRequire(import.meta.url).resolve('@google-cloud/functions-framework'),
  );
  const parser = framework('body-parser') as BodyParser;
  const pass: Middleware = (_request, _response, next) => next();
  parser.json = () => pass;
  parser.text = () => pass;
  parser.urlencoded = () => pass;
  parser.raw = () => readRawBody;

  const { application } = framework('express') as Express;
  const { handle } = application;
  application.handle = function handleAnyAddress(request, ...rest) {
    request.originalUrl = request.url ?? '/';
    request.url = '/';
    handle.call(this, request, ...rest);
  };
}

/**
 * A body over the limit is cut one byte past it, which is what an entry needs to refuse it. Who goes away
 * within the body gets no answer, and leaves no stack trace in the log.
 */
const readRawBody: Middleware = (request, _response, next) => {
  const chunks: Buffer[] = [];
  let kept = 0;
  request.on('data', (chunk: Buffer) => {
    const taken = chunk.subarray(0, MAX_BODY_BYTES + 1 - kept);
    if (taken.byteLength > 0) chunks.push(taken);
    kept += taken.byteLength;
  });
  request.once('end', () => {
    request.rawBody = Buffer.concat(chunks);
    next();
  });
};
