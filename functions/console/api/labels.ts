/** Names of systems as their vendors write them. */
const SYSTEM_NAMES: Readonly<Record<string, string>> = Object.freeze({
  hubspot: 'HubSpot',
  shopify: 'Shopify',
  netsuite: 'NetSuite',
  concord: 'Concord',
});

/** A system as people call it. */
export function systemLabel(system: string): string {
  return SYSTEM_NAMES[system] ?? capitalised(system);
}

/** `firstName` reads as `First name`. */
export function fieldLabel(path: string): string {
  return capitalised(path.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase());
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** Several as a sentence has them: `a, b and c`. */
export function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}
