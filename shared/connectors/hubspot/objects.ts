import { z } from 'zod';
import { HUBSPOT_API_VERSION } from './sdk.ts';

/** Our own unique id on every object we create (M2). */
export const OWN_ID_PROPERTY = 'concord_record_id';

const HistoryEntrySchema = z.object({
  value: z.string().nullable().optional(),
  sourceType: z.string().nullable().optional(),
  timestamp: z.string().nullable().optional(),
});
export type HistoryEntry = z.infer<typeof HistoryEntrySchema>;

/** An object of the objects API. Property values are text or null, newest history entry first. */
export const HubspotObjectSchema = z.object({
  id: z.string().min(1),
  properties: z.record(z.string(), z.string().nullable()),
  propertiesWithHistory: z.record(z.string(), z.array(HistoryEntrySchema)).nullish(),
  updatedAt: z.string().nullish(),
  archived: z.boolean().nullish(),
});
export type HubspotObject = z.infer<typeof HubspotObjectSchema>;

/**
 * The answer to a batch read, in no particular order. What was not found stands beside the results, in a form that
 * HubSpot does not promise; nothing is taken from there.
 */
export const HubspotBatchSchema = z.object({ results: z.array(HubspotObjectSchema) });

/** Contacts are the only objects whose modified time lacks the prefix `hs_`. */
export function modifiedPropertyOf(object: string): string {
  return object === 'contacts' ? 'lastmodifieddate' : 'hs_lastmodifieddate';
}

export function objectsPath(object: string, id?: string): string {
  const path = `/crm/objects/${HUBSPOT_API_VERSION}/${object}`;
  return id === undefined ? path : `${path}/${encodeURIComponent(id)}`;
}

export function batchReadPath(object: string): string {
  return `${objectsPath(object)}/batch/read`;
}

export function searchPath(object: string): string {
  return `${objectsPath(object)}/search`;
}

export function propertiesPath(object: string, name?: string): string {
  const path = `/crm/properties/${HUBSPOT_API_VERSION}/${object}`;
  return name === undefined ? path : `${path}/${encodeURIComponent(name)}`;
}
