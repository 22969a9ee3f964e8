import { describe, expect, test } from 'vitest';
import { json, type Reply } from '../scripted-http.ts';
import { connect, missing } from './setup.ts';

describe('preparing a HubSpot account', () => {
  const there = (name: string, hasUniqueValue = false): Reply => json(200, { name, hasUniqueValue });

  test('creates what is missing and nothing twice', async () => {
    const { connector, http } = connect(
      missing,
      json(201, {}),
      missing,
      json(201, {}),
      there('customer_tax_exempt'),
    );

    await connector.prepare();

    expect(http.requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
      'GET /crm/properties/2026-09/contacts/concord_record_id',
      'POST /crm/properties/2026-09/contacts',
      'GET /crm/properties/2026-09/contacts/customer_note',
      'POST /crm/properties/2026-09/contacts',
      'GET /crm/properties/2026-09/contacts/customer_tax_exempt',
    ]);
    expect(JSON.parse(http.requests[1]?.body ?? '')).toMatchObject({
      name: 'concord_record_id',
      hasUniqueValue: true,
      groupName: 'contactinformation',
    });
  });

  test('accepts that somebody else was faster', async () => {
    const taken = json(409, { status: 'error', category: 'OBJECT_ALREADY_EXISTS' });
    const { connector } = connect(
      missing,
      taken,
      there('concord_record_id', true),
      there('customer_note'),
      there('customer_tax_exempt'),
    );

    await expect(connector.prepare()).resolves.toBeUndefined();
  });

  test('refuses to go on where our id would not be unique (M2)', async () => {
    const { connector } = connect(there('concord_record_id', false));

    await expect(connector.prepare()).rejects.toMatchObject({ code: 'invalid_configuration' });
  });
});
