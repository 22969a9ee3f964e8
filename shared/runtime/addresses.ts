/** What functions and accounts are called from outside. */
export interface Addresses {
  /** URL of a function, which is also the audience of the tokens sent to it. */
  audienceOf(this: void, functionName: string): string;
  /** E-mail address of a service account: `fn-<function>`, or the signer `invoke-<function>`. */
  emailOf(this: void, account: string): string;
}

/** Names of the embedded platform. They lead nowhere: internal calls there do not use the network's names. */
export const LOCAL_ADDRESSES: Addresses = Object.freeze({
  audienceOf: (functionName: string) => `https://${functionName}.concord.local`,
  emailOf: (account: string) => `${account}@concord-local.iam.gserviceaccount.com`,
});

/** The account whose tokens the platform shows to a function when it pushes, dispatches or ticks. */
export function signerOf(functionName: string): string {
  return `invoke-${functionName}`;
}
