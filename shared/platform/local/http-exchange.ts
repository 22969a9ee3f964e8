import type { Dispatcher } from 'undici';
import { ConcordError } from '#shared/errors/concord-error.ts';
import { invalidArgument } from '#shared/errors/faults.ts';
import {
  vendorAnswerRefused,
  vendorDisconnected,
  vendorTimeout,
  vendorUnreachable,
} from '#shared/errors/http-faults.ts';
import type { HttpResponse } from '#shared/ports/http.ts';

export interface HttpExchangeOptions {
  readonly host: string;
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
}

type Controller = Dispatcher.DispatchController;

/**
 * One request and its answer. It knows whether the request was given to a connection, and so whether a failure
 * may have had an effect at the vendor (M2): before that moment certainly not, after it perhaps.
 */
export class HttpExchange implements Dispatcher.DispatchHandler {
  readonly response: Promise<HttpResponse>;
  readonly #options: HttpExchangeOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #chunks: Buffer[] = [];
  readonly #resolve: (response: HttpResponse) => void;
  readonly #reject: (error: ConcordError) => void;
  #controller: Controller | undefined;
  #isSettled = false;
  #status = 0;
  #headers: Readonly<Record<string, string>> = {};
  #bytes = 0;

  constructor(options: HttpExchangeOptions) {
    const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
    this.response = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#options = options;
    this.#timer = setTimeout(() => this.#expire(), options.timeoutMs);
  }

  /** Ends the exchange because undici did not take the request. */
  refuse(error: unknown): void {
    this.#fail(invalidArgument(`The request to ${this.#options.host} is malformed (${codeOf(error)}).`));
  }

  /** Called when a connection begins to write the request. */
  onRequestStart(controller: Controller): void {
    if (this.#isSettled) controller.abort(new Error('the deadline has passed'));
    else this.#controller = controller;
  }

  onResponseStart(
    _controller: Controller,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // Informational answers (1xx) come before the real one.
    if (status < 200) return;
    this.#status = status;
    this.#headers = joined(headers);
    const encoding = this.#headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') this.#refuseAnswer('an encoding that was not asked for');
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#options.maxResponseBytes) this.#refuseAnswer('it is too large');
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const body = Buffer.concat(this.#chunks).toString('utf8');
    if (this.#settle()) this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Controller, error: Error): void {
    const { host } = this.#options;
    const isSent = this.#controller !== undefined;
    this.#fail(isSent ? vendorDisconnected(host, codeOf(error)) : vendorUnreachable(host, error));
  }

  #expire(): void {
    const { host, timeoutMs } = this.#options;
    const controller = this.#controller;
    this.#fail(controller === undefined ? vendorUnreachable(host) : vendorTimeout(host, timeoutMs));
    controller?.abort(new Error('the deadline has passed'));
  }

  #refuseAnswer(reason: string): void {
    this.#fail(vendorAnswerRefused(this.#options.host, reason));
    this.#controller?.abort(new Error(reason));
  }

  #fail(error: ConcordError): void {
    if (this.#settle()) this.#reject(error);
  }

  #settle(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    return true;
  }
}

/** undici gives lower-case names. */
function joined(headers: Record<string, string | string[] | undefined>): Readonly<Record<string, string>> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
  );
  return Object.fromEntries(entries);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
}
