import type { Http } from '#shared/ports/http.ts';

/** Takes every first page for the last one: HubSpot's `paging`, Shopify's `hasNextPage`. */
export function feedEndsEarly(http: Http): Http {
  return {
    async send(request) {
      const answer = await http.send(request);
      const body = answer.body
        .replace(/,"paging":\{"next":\{[^}]*\}\}/, '')
        .replace('"hasNextPage":true', '"hasNextPage":false');
      return { ...answer, body };
    },
  };
}
