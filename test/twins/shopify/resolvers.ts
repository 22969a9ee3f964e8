import { GraphQLError, type GraphQLResolveInfo } from 'graphql';

import type { WriteOutcome } from '../core/write-log.ts';
import type { CustomerDesk } from './customer-desk.ts';
import { listCustomers, type ListArguments } from './customer-list.ts';
import {
  canonical,
  changeTags,
  customerCreate,
  customerDelete,
  customerMerge,
  customerSet,
  customerUpdate,
  findByCustomId,
  findByGid,
  type CustomId,
  type MutationResult,
} from './customer-mutations.ts';
import { metafieldDefinitionCreate, metafieldsSet } from './metafield-mutations.ts';
import { presentCustomer, presentDefinition, presentPage } from './present.ts';

export interface ResolverOptions {
  readonly desk: CustomerDesk;
  readonly now: () => number;
  readonly searchLagMs: (label: string) => number;
  readonly country: string;
  readonly shop: { readonly id: string; readonly name: string; readonly myshopifyDomain: string };
}

/** What one request collects while it runs. */
export interface RequestContext {
  /** What the `path` of a fault is matched against. */
  readonly label: string;
  /** Outcomes of each mutation, by its key in the answer. */
  readonly outcomes: Map<string, readonly WriteOutcome[]>;
}

/** Most entries of an array that Shopify takes as input. */
const MAX_INPUTS = 250;

function tooManyInputs(length: number): GraphQLError {
  return new GraphQLError(
    `The input array size of ${length} is greater than the maximum allowed of ${MAX_INPUTS}.`,
    {
      extensions: { code: 'MAX_INPUT_SIZE_EXCEEDED' },
    },
  );
}

interface CustomerIdentifier {
  readonly id?: string | null;
  readonly emailAddress?: string | null;
  readonly phoneNumber?: string | null;
  readonly customId?: CustomId | null;
}

/** The root value: one function for each query and mutation. */
export function createResolvers({ desk, now, searchLagMs, country, shop }: ResolverOptions): object {
  const book = desk.metafields;
  const present = (customer: ReturnType<typeof findByGid>): object | null =>
    customer === null ? null : presentCustomer(customer, book);
  const mutation =
    <Args>(run: (args: Args) => MutationResult) =>
    (args: Args, context: RequestContext, info: GraphQLResolveInfo): object => {
      const { payload, outcomes } = run(args);
      context.outcomes.set(String(info.path.key), outcomes);
      return { ...payload, shop };
    };

  function byIdentifier({
    id,
    emailAddress,
    phoneNumber,
    customId,
  }: CustomerIdentifier): ReturnType<typeof findByGid> {
    if (id !== undefined && id !== null) return findByGid(desk, id);
    if (emailAddress !== undefined && emailAddress !== null)
      return desk.findBy('email', canonical('email', emailAddress, country));
    if (phoneNumber !== undefined && phoneNumber !== null)
      return desk.findBy('phone', canonical('phone', phoneNumber, country));
    return customId === undefined || customId === null ? null : findByCustomId(desk, customId);
  }

  return {
    shop,
    customer: ({ id }: { id: string }) => present(findByGid(desk, id)),
    nodes({ ids }: { ids: readonly string[] }) {
      if (ids.length > MAX_INPUTS) throw tooManyInputs(ids.length);
      return ids.map((id) => present(findByGid(desk, id)));
    },
    customerByIdentifier: ({ identifier }: { identifier: CustomerIdentifier }) =>
      present(byIdentifier(identifier)),
    customers: (args: ListArguments, { label }: RequestContext) =>
      presentPage(listCustomers(desk.all(), args, now() - searchLagMs(label), now()), book),
    metafieldDefinition({ identifier }: { identifier?: { namespace?: string | null; key: string } | null }) {
      if (identifier === undefined || identifier === null) return null;
      const definition = book.definition(book.namespaceOf(identifier.namespace), identifier.key);
      return definition === null ? null : presentDefinition(definition);
    },
    customerCreate: mutation((args: Parameters<typeof customerCreate>[1]) => customerCreate(desk, args)),
    customerUpdate: mutation((args: Parameters<typeof customerUpdate>[1]) => customerUpdate(desk, args)),
    customerSet: mutation((args: Parameters<typeof customerSet>[1]) => customerSet(desk, args, country)),
    customerDelete: mutation((args: Parameters<typeof customerDelete>[1]) => customerDelete(desk, args)),
    customerMerge: mutation((args: Parameters<typeof customerMerge>[1]) => customerMerge(desk, args)),
    metafieldsSet: mutation((args: Parameters<typeof metafieldsSet>[1]) => metafieldsSet(desk, args, now())),
    metafieldDefinitionCreate: mutation((args: Parameters<typeof metafieldDefinitionCreate>[1]) =>
      metafieldDefinitionCreate(desk, args),
    ),
    tagsAdd: mutation((args: Parameters<typeof changeTags>[1]) => changeTags(desk, args, 'add')),
    tagsRemove: mutation((args: Parameters<typeof changeTags>[1]) => changeTags(desk, args, 'remove')),
  };
}
