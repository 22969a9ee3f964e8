import type { Http } from '#shared/ports/http.ts';

/** Says of a removal that it was done, and never sends it. */
export function connectorHidesRemovals(http: Http): Http {
  return {
    send(request) {
      const id = /"id":"([^"]+)"/.exec(request.body ?? '')?.[1];
      if (request.method === 'DELETE') return Promise.resolve({ status: 204, headers: {}, body: '' });
      if (!request.body?.includes('customerDelete')) return http.send(request);
      const customerDelete = { deletedCustomerId: id, userErrors: [] };
      const body = JSON.stringify({ data: { customerDelete } });
      return Promise.resolve({ status: 200, headers: { 'content-type': 'application/json' }, body });
    },
  };
}
