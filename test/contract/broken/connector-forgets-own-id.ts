import type { Http } from '#shared/ports/http.ts';

/** Leaves our own unique id out of what it creates. */
export function connectorForgetsOwnId(http: Http): Http {
  return {
    send(request) {
      const body = request.body?.replace(/,"concord_record_id":"[^"]*"/, '');
      return http.send(body === undefined ? request : { ...request, body });
    },
  };
}
