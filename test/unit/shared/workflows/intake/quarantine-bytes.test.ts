import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { quarantine, quarantineParts } from '#shared/model/intake-documents.ts';
import { quarantineBytes, type QuarantineRequest } from '#shared/workflows/intake/quarantine-bytes.ts';
import { aContext, type TestContext } from '#test/support/builders/contexts.ts';
import { HUBSPOT } from '#test/support/builders/policies.ts';
import { createSeededRandom } from '#test/support/seeded-ids.ts';

function aRequest(bytes: Uint8Array, differing: Partial<QuarantineRequest> = {}): QuarantineRequest {
  return {
    key: 'event-1',
    system: HUBSPOT,
    kind: 'invalid_event',
    problem: 'nativeId: missing',
    source: 'source-events',
    bytes,
    ...differing,
  };
}

async function kept(context: TestContext) {
  const heads = await context.store.query({ from: quarantine.ref, limit: 10 });
  const [head] = heads;
  if (head === undefined) throw new Error('nothing is kept');
  const chunks = await Promise.all(
    Array.from({ length: head.value.parts }, async (_, index) => {
      const part = await context.store.get(quarantineParts.at(head.ref, String(index)));
      return part?.value.chunk ?? '';
    }),
  );
  return { heads, head: head.value, chunks, bytes: gunzipSync(Buffer.from(chunks.join(''), 'base64')) };
}

describe('bytes that cannot be processed', () => {
  test('are kept whole, with what is wrong and where they came from', async () => {
    const context = aContext();
    const bytes = Buffer.from('{"broken":');

    expect(await quarantineBytes(context.ports, aRequest(bytes))).toBe(true);

    const found = await kept(context);
    expect(found.bytes).toEqual(bytes);
    expect(found.head).toMatchObject({
      parts: 1,
      bytes: 10,
      problem: 'nativeId: missing',
      source: 'source-events',
    });
  });

  test('are split where one document could not hold them', async () => {
    const context = aContext();
    const random = createSeededRandom(1);
    const bytes = Uint8Array.from({ length: 1_500_000 }, () => Math.floor(random() * 256));

    await quarantineBytes(context.ports, aRequest(bytes));

    const found = await kept(context);
    expect(found.head.parts).toBe(3);
    expect(Math.max(...found.chunks.map((chunk) => chunk.length))).toBeLessThan(900_000);
    expect(found.bytes.equals(bytes)).toBe(true);
  });

  test('are kept once, however often they are delivered', async () => {
    const context = aContext();
    const request = aRequest(Buffer.from('x'));
    await quarantineBytes(context.ports, request);

    expect(await quarantineBytes(context.ports, request)).toBe(false);

    expect((await kept(context)).heads).toHaveLength(1);
  });

  test('from another source are something else', async () => {
    const context = aContext();
    await quarantineBytes(context.ports, aRequest(Buffer.from('x')));

    expect(await quarantineBytes(context.ports, aRequest(Buffer.from('x'), { source: 'task' }))).toBe(true);
  });

  test('are not in the log', async () => {
    const context = aContext();

    await quarantineBytes(context.ports, aRequest(Buffer.from('ada@example.com')));

    expect(JSON.stringify(context.telemetry.lines)).not.toContain('ada');
    expect(context.telemetry.lines).toMatchObject([
      { event: 'quarantine.added', fields: { reason: 'invalid_event' } },
    ]);
  });
});
