import { localTriggers } from '../local-triggers.ts';

let deliveries = 0;

/** Names the delivery and not the change. */
export const triggerGivesFreshIds = localTriggers('immediate', {
  deliver: (deliver) => (delivery) => {
    deliveries += 1;
    return deliver({ ...delivery, headers: { ...delivery.headers, 'ce-id': `delivery-${deliveries}` } });
  },
});
