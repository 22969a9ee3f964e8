import type { Http } from '#shared/ports/http.ts';

/** Sends once more whatever the vendor failed at, as the vendors' SDKs would. */
export function connectorRepeatsWrites(http: Http): Http {
  return {
    async send(request) {
      const answer = await http.send(request);
      return answer.status >= 500 ? http.send(request) : answer;
    },
  };
}
