import type { Http } from '#shared/ports/http.ts';

/** Takes the rows of a batch for the ids in the order asked, whatever the rows call themselves. */
export function connectorPairsByPlace(http: Http): Http {
  return {
    async send(request) {
      const answer = await http.send(request);
      if (answer.status >= 300 || request.body === undefined) return answer;
      return { ...answer, body: pairedByPlace(JSON.parse(request.body), JSON.parse(answer.body)) };
    },
  };
}

interface Asked {
  readonly inputs?: readonly { readonly id: string }[];
  readonly variables?: { readonly ids?: readonly string[] };
}

interface Answered {
  readonly results?: readonly object[];
  readonly data?: { readonly nodes?: readonly (object | null)[] };
}

/** HubSpot names its rows, Shopify leaves a gap for what does not exist: both are lost. */
function pairedByPlace({ inputs, variables }: Asked, answered: Answered): string {
  const { results, data } = answered;
  if (inputs !== undefined && results !== undefined) {
    const named = results.map((row, place) => ({ ...row, id: inputs[place]?.id }));
    return JSON.stringify({ ...answered, results: named });
  }
  const ids = variables?.ids;
  if (ids === undefined || data?.nodes === undefined) return JSON.stringify(answered);
  const rows = data.nodes.filter((node) => node !== null);
  const nodes = ids.map((id, place) => (rows[place] === undefined ? null : { ...rows[place], id }));
  return JSON.stringify({ ...answered, data: { ...data, nodes } });
}
