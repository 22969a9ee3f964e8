import { deadLetterTopicOf, subscriptionName } from '#shared/messaging/topics.ts';
import { CONCORD, type SystemId } from '#shared/model/ids.ts';
import { LANES } from '#shared/model/vocabulary.ts';
import type { QueueTopology, Topology } from '#shared/ports/topology.ts';
import { queueName } from '#shared/workflows/sync-record/wake.ts';
import type { Manifest } from './manifest.ts';

type Trigger<Kind extends string> = Extract<Manifest['triggers'][number], { kind: Kind }>;

/**
 * Everything the platform has to set up for these functions and these systems. What Concord owes without
 * a vendor call, such as a comparison, has queues of its own.
 */
export function topologyOf(manifests: readonly Manifest[], systems: readonly SystemId[]): Topology {
  return {
    subscriptions: triggersOf(manifests, 'subscription').map(({ target, trigger }) => {
      const { topic, path, maxDeliveryAttempts, minBackoffMs, maxBackoffMs } = trigger;
      const name = subscriptionName(topic, target);
      const deadLetterTopic = trigger.hasDeadLetter ? deadLetterTopicOf(name) : null;
      return { name, topic, target, path, maxDeliveryAttempts, minBackoffMs, maxBackoffMs, deadLetterTopic };
    }),
    queues: triggersOf(manifests, 'queues').flatMap(({ target, trigger }) =>
      queuesOf(target, trigger, [...systems, CONCORD]),
    ),
    triggers: triggersOf(manifests, 'document').map(({ target, trigger }) => {
      const { name, path, document, maxDeliveryAttempts, minBackoffMs, maxBackoffMs } = trigger;
      return { name, target, path, document, maxDeliveryAttempts, minBackoffMs, maxBackoffMs };
    }),
    schedules: triggersOf(manifests, 'schedule').map(({ target, trigger }) => {
      const { name, path, everySeconds } = trigger;
      return { name, target, path, everyMs: everySeconds * 1000 };
    }),
  };
}

function triggersOf<Kind extends Manifest['triggers'][number]['kind']>(
  manifests: readonly Manifest[],
  kind: Kind,
): readonly { readonly target: string; readonly trigger: Trigger<Kind> }[] {
  return manifests.flatMap(({ name, triggers }) =>
    triggers
      .filter((trigger): trigger is Trigger<Kind> => trigger.kind === kind)
      .map((trigger) => ({ target: name, trigger })),
  );
}

function queuesOf(
  target: string,
  trigger: Trigger<'queues'>,
  systems: readonly SystemId[],
): readonly QueueTopology[] {
  const { maxConcurrent, maxAttempts, minBackoffMs, maxBackoffMs } = trigger;
  return systems.flatMap((system) =>
    LANES.map((lane) => ({
      name: queueName(system, lane),
      target,
      maxConcurrent: maxConcurrent[lane] ?? 1,
      maxAttempts,
      minBackoffMs,
      maxBackoffMs,
    })),
  );
}
