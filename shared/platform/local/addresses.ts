import { LOCAL_PROJECT } from './push-envelope.ts';

/** What functions and service accounts are called in tokens. */
export interface PlatformAddresses {
  /** The audience of tokens sent to a function. */
  audienceOf(this: void, functionName: string): string;
  /** E-mail address of a service account. */
  emailOf(this: void, account: string): string;
}

/** Names that lead nowhere: internal calls of the embedded platform do not use the network's names. */
export const DEFAULT_ADDRESSES: PlatformAddresses = Object.freeze({
  audienceOf: (functionName: string) => `https://${functionName}.concord.local`,
  emailOf: (account: string) => `${account}@${LOCAL_PROJECT}.iam.gserviceaccount.com`,
});

/** The account that a function runs as. */
export function functionAccount(functionName: string): string {
  return `fn-${functionName}`;
}

/** The account whose token comes with what the platform delivers to a function, one per target as in the cloud. */
export function signerAccount(functionName: string): string {
  return `invoke-${functionName}`;
}
