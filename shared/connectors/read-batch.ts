import { invalidArgument } from '#shared/errors/faults.ts';
import type { NativeId } from '#shared/model/ids.ts';
import type { ConnectorCapabilities } from './connector.ts';

/**
 * The different ids of a batch, in the order asked: vendors refuse a batch that names one twice.
 * @throws ConcordError `invalid_argument` for more than the system takes in one call.
 */
export function idsOfBatch(
  nativeIds: readonly NativeId[],
  { system, readBatchSize }: Pick<ConnectorCapabilities, 'system' | 'readBatchSize'>,
): readonly NativeId[] {
  const ids = [...new Set(nativeIds)];
  if (ids.length > readBatchSize)
    throw invalidArgument(`A batch read of ${system} takes ${readBatchSize} ids, not ${ids.length}.`);
  return ids;
}
