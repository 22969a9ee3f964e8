import type { HttpResponse } from '#shared/ports/http.ts';

/** `Response` refuses a body, even an empty one, beside these. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** The port's answer in the form that the vendors' SDKs work with. */
export function toFetchResponse({ status, headers, body }: HttpResponse): Response {
  return new Response(WITHOUT_BODY.has(status) ? null : body, { status, headers });
}
