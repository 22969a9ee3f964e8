import type { Connector } from '#shared/connectors/connector.ts';

const preparations = new WeakMap<Connector, Promise<void>>();

/**
 * Creates at the vendor what our objects need there, once for each instance and not before the first write: a client
 * that only observes leaves no trace (section 1). A failure is not remembered.
 *
 * @throws what the connector's `prepare` throws.
 */
export async function prepared(connector: Connector): Promise<void> {
  const preparation = preparations.get(connector) ?? connector.prepare();
  preparations.set(connector, preparation);
  try {
    await preparation;
  } catch (error) {
    preparations.delete(connector);
    throw error;
  }
}
