import type { Connector } from '#shared/connectors/connector.ts';

const done = new WeakSet<Connector>();

/**
 * Creates at the vendor what our objects need there, once for each instance and not before the first write: a client
 * that only observes leaves no trace (section 1). Nobody waits for somebody else's attempt, which may never end;
 * preparing is safe to repeat.
 *
 * @throws what the connector's `prepare` throws.
 */
export async function prepared(connector: Connector): Promise<void> {
  if (done.has(connector)) return;
  await connector.prepare();
  done.add(connector);
}
