import { DEFAULT_ADDRESSES } from '#shared/platform/local/addresses.ts';
import { createLocalEventBus } from '#shared/platform/local/event-bus.ts';
import type { Grouping } from '#shared/platform/local/group-commit.ts';
import type { Deliver } from '#shared/ports/delivery.ts';
import type { EventBus } from '#shared/ports/event-bus.ts';
import type { SubscriptionTopology } from '#shared/ports/topology.ts';
import { advancePumps, createLocalDeliverySetup } from '#test/support/local-delivery-setup.ts';
import { createSeededIds } from '#test/support/seeded-ids.ts';
import type { BusUnderTest, OpenBus } from './event-bus.contract.ts';

/** What a broken bus does differently from the embedded one. */
export interface BusDefect {
  readonly subscriptions?: (declared: readonly SubscriptionTopology[]) => readonly SubscriptionTopology[];
  readonly deliver?: (deliver: Deliver) => Deliver;
  readonly bus?: (bus: EventBus) => EventBus;
  readonly bearer?: (bearer: (target: string) => string) => (target: string) => string;
}

/** Opens the embedded event bus, optionally with a planted defect. */
export function localEventBus(grouping: Grouping = 'immediate', defect: BusDefect = {}): OpenBus {
  return async (declared) => {
    const setup = createLocalDeliverySetup(grouping);
    const { clock, recorder, identity } = setup;
    const ids = createSeededIds(1, clock);
    const start = (): ReturnType<typeof createLocalEventBus> => {
      const options = setup.options();
      return createLocalEventBus({
        ...options,
        ids,
        subscriptions: defect.subscriptions?.(declared) ?? declared,
        deliver: defect.deliver?.(options.deliver) ?? options.deliver,
        bearer: defect.bearer?.(options.bearer) ?? options.bearer,
      });
    };
    let local = start();
    let bus = defect.bus?.(local.bus) ?? local.bus;
    const under: BusUnderTest = {
      bus: { publish: (topic, messages) => bus.publish(topic, messages) },
      clock,
      received: recorder.received,
      answerWith: recorder.answerWith,
      advance: (byMs) => advancePumps(clock, () => [local.pump], byMs),
      async restart() {
        await setup.reopen();
        local = start();
        bus = defect.bus?.(local.bus) ?? local.bus;
      },
      identity,
      audienceOf: DEFAULT_ADDRESSES.audienceOf,
      async close() {
        setup.close();
      },
    };
    return under;
  };
}
