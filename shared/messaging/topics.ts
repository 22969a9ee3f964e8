/** Topic of everything that says "look at this object": webhooks, polls, operators. */
export const SOURCE_EVENTS = 'source-events';

/** Name of a function's subscription to a topic. */
export function subscriptionName(topic: string, functionName: string): string {
  return `${topic}.${functionName}`;
}

/** Topic that receives what a subscription could not deliver. */
export function deadLetterTopicOf(subscription: string): string {
  return `${subscription}.dead-letter`;
}
