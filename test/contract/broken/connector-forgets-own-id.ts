import type { Http } from '#shared/ports/http.ts';

/** Leaves our own unique id out of what it creates: HubSpot's property, Shopify's metafield. */
export function connectorForgetsOwnId(http: Http): Http {
  return {
    send(request) {
      const body = request.body
        ?.replace(/,"concord_record_id":"[^"]*"/, '')
        .replace(/,"metafields":\[\{"namespace":"concord"[^\]]*\]/, '');
      return http.send(body === undefined ? request : { ...request, body });
    },
  };
}
