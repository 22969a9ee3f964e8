import { expect } from 'vitest';
import { CLEARED, valueOf } from '#shared/model/field-value.ts';
import { FieldPath } from '#shared/model/ids.ts';
import {
  ADA,
  create,
  createdId,
  failureOf,
  find,
  garbling,
  OTHER_OWN,
  OWN,
  read,
  update,
  type Named,
} from './connector-acts.ts';
import { CALL_TIMEOUT_MS, type OpenConnector } from './connector-under-test.ts';
import type { ContractCase } from './contract-case.ts';

const FIRST_NAME = FieldPath('firstName');

/** Promises of every connector. The vendor behind it is a strict twin. */
export const connectorCases: readonly ContractCase<OpenConnector>[] = [
  {
    title: 'a read tells what a person typed in, when it changed, and by which keys it is known',
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: 'Ada@Example.com', firstName: 'Ada' });
      world.advance(5_000);

      const seen = await read(world, nativeId);

      expect(seen).toMatchObject({ nativeId, method: 'read', keys: [{ key: 'email', value: ADA }] });
      expect(seen.fields).toMatchObject({ firstName: valueOf('Ada'), lastName: CLEARED, note: CLEARED });
      expect(Date.parse(seen.observedAt)).toBeLessThanOrEqual(world.now());
      expect(Date.parse(seen.modifiedAt ?? '')).toBeLessThanOrEqual(world.now() - 5_000);
    },
  },
  {
    title: "equal versions mean equal content, also within one tick of the vendor's clock",
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: ADA, firstName: 'Ada' });

      const first = await read(world, nativeId);
      const again = await read(world, nativeId);
      await world.edit(nativeId, { firstName: 'Augusta' });
      const edited = await read(world, nativeId);

      expect(again.version).toBe(first.version);
      expect(edited.version).not.toBe(first.version);
    },
  },
  {
    title: 'an update changes the named fields, leaves the others, and tells what was stored',
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: ADA, firstName: 'Ada', lastName: 'King', note: 'VIP' });

      const stored = await update(world, nativeId, {
        firstName: valueOf('Augusta'),
        note: CLEARED,
        taxExempt: valueOf(true),
      });

      expect(stored).toMatchObject({
        nativeId,
        method: 'write_response',
        fields: { firstName: valueOf('Augusta'), note: CLEARED },
      });
      expect((await read(world, nativeId)).fields).toMatchObject({
        firstName: valueOf('Augusta'),
        lastName: valueOf('King'),
        note: CLEARED,
        taxExempt: valueOf(true),
      });
    },
  },
  {
    title: 'an update that is repeated changes nothing more',
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: ADA, firstName: 'Ada' });
      await update(world, nativeId, { firstName: valueOf('Augusta') });

      await update(world, nativeId, { firstName: valueOf('Augusta') });

      expect((await read(world, nativeId)).fields).toMatchObject({ firstName: valueOf('Augusta') });
    },
  },
  {
    title: 'a create happens once under our own id, however often it is sent (M2)',
    async run(open) {
      const world = await open();

      const nativeId = await createdId(world, { firstName: valueOf('Ada'), note: valueOf('no address') });
      const again = await create(world, { firstName: valueOf('Ada'), note: valueOf('no address') });

      expect(again).toEqual({ status: 'exists' });
      expect(await find(world, OWN)).toEqual({ status: 'own', nativeId });
      expect((await read(world, nativeId)).fields).toMatchObject({ firstName: valueOf('Ada') });
    },
  },
  {
    title:
      'a read tells our own id on what we created, whatever was edited since, and none on what others did (M16)',
    async run(open) {
      const world = await open();
      const ours = await createdId(world, { email: valueOf(ADA) });
      await world.edit(ours, { email: 'grace@example.com' });
      const theirs = await world.typeIn({ email: ADA });

      expect(await read(world, ours)).toMatchObject({ ownId: OWN });
      expect(await read(world, theirs)).toMatchObject({ ownId: null });
    },
  },
  {
    title: 'a create that meets the address of another customer says so, and the address finds it',
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: ADA });

      expect(await create(world, { email: valueOf(ADA) })).toEqual({ status: 'exists' });
      expect(await find(world, OWN, ADA)).toEqual({ status: 'match', nativeIds: [nativeId] });
    },
  },
  {
    title: 'a find names every customer that a key matches, and none where none does',
    async run(open) {
      const world = await open();
      const first = await world.typeIn({ email: ADA });
      const second = await world.typeIn({ email: 'grace@example.com' });

      expect(await find(world, null, 'grace@example.com', ADA, ADA)).toEqual({
        status: 'match',
        nativeIds: [second, first],
      });
      expect(await find(world, OWN, 'nobody@example.com')).toEqual({ status: 'none' });
      expect(await find(world, null)).toEqual({ status: 'none' });
    },
  },
  {
    title: 'our own id goes before any address, and another of our ids is not it',
    async run(open) {
      const world = await open();
      const other = await world.typeIn({ email: ADA });
      const own = await createdId(world, { firstName: valueOf('Ada') });

      expect(await find(world, OWN, ADA)).toEqual({ status: 'own', nativeId: own });
      expect(await find(world, OTHER_OWN, ADA)).toEqual({ status: 'match', nativeIds: [other] });
    },
  },
  {
    title: 'a read-back shows the value that our write overwrote unseen, where the vendor keeps history (M5)',
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: ADA, firstName: 'pre-image' });
      await world.edit(nativeId, { firstName: 'swallowed' });
      const sent: Named = { [FIRST_NAME]: valueOf('ours') };
      await update(world, nativeId, sent);
      await world.edit(nativeId, { firstName: 'later' });

      const seen = await world.connector.writer.readBack(world.type, nativeId, [FIRST_NAME], sent);
      const unaided = await world.connector.writer.readBack(world.type, nativeId, [FIRST_NAME]);

      const keepsHistory = world.connector.reader.capabilities.overwrite === 'history';
      const replaced = keepsHistory ? { firstName: valueOf('swallowed') } : null;
      expect(seen).toMatchObject({
        status: 'found',
        replaced,
        representation: { method: 'read_back', fields: { firstName: valueOf('later') } },
      });
      expect(unaided).toMatchObject({ replaced });
    },
  },
  {
    title: 'a customer that a person deleted is gone, for reads, read-backs and finds',
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: ADA });
      await world.remove(nativeId);

      expect(await world.connector.reader.read(world.type, nativeId)).toEqual({ status: 'gone' });
      expect(await world.connector.writer.readBack(world.type, nativeId, [FIRST_NAME])).toEqual({
        status: 'gone',
      });
      expect(await find(world, null, ADA)).toEqual({ status: 'none' });
      expect(await failureOf(update(world, nativeId, { firstName: valueOf('x') }))).toMatchObject({
        code: 'vendor_rejected',
        disposition: 'terminal',
        effect: 'none',
      });
    },
  },
  {
    title: 'a customer that was merged away is never a representation (M16)',
    async run(open) {
      const world = await open();
      const winner = await world.typeIn({ email: ADA, firstName: 'winner' });
      const loser = await world.typeIn({ email: 'grace@example.com', firstName: 'loser' });
      await world.merge(winner, loser);

      const seen = await world.connector.reader.read(world.type, loser);

      expect(seen.status).not.toBe('found');
      if (seen.status === 'foreign') {
        expect(seen.answeredId).not.toBe(loser);
        expect((await read(world, seen.answeredId)).nativeId).toBe(seen.answeredId);
      }
    },
  },
  {
    title: 'a value that the vendor refuses is refused for good, and the error does not repeat it (M14)',
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: ADA });

      const failure = await failureOf(update(world, nativeId, { email: valueOf('no address at all') }));

      expect(failure).toMatchObject({ code: 'vendor_rejected', disposition: 'terminal', effect: 'none' });
      expect(failure.message).not.toContain('no address');
      expect(failure.message).toContain(nativeId);
    },
  },
  {
    title: 'an address that another customer holds is refused',
    async run(open) {
      const world = await open();
      await world.typeIn({ email: ADA });
      const nativeId = await world.typeIn({ email: 'grace@example.com' });

      expect(await failureOf(update(world, nativeId, { email: valueOf(ADA) }))).toMatchObject({
        code: 'vendor_rejected',
        effect: 'none',
      });
    },
  },
  {
    title: 'a rate limit is met before anything happens, and says how long to wait',
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: ADA, firstName: 'Ada' });
      await world.control.fault({ kind: '429', count: 2 });
      const before = world.sent();

      const written = await failureOf(update(world, nativeId, { firstName: valueOf('x') }));
      const looked = await failureOf(world.connector.reader.read(world.type, nativeId));

      for (const failure of [written, looked]) {
        expect(failure).toMatchObject({ code: 'vendor_rate_limited', disposition: 'retry', effect: 'none' });
        expect(failure.retryAfterMs).toBeGreaterThan(0);
      }
      expect(world.sent() - before).toBe(2);
      expect((await read(world, nativeId)).fields).toMatchObject({ firstName: valueOf('Ada') });
    },
  },
  {
    title: 'a vendor that fails leaves a write in doubt, and the connector does not repeat it by itself (M2)',
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: ADA });
      await world.control.fault({ kind: '500', count: 3 });
      const before = world.sent();

      const failures = [
        await failureOf(update(world, nativeId, { firstName: valueOf('x') })),
        await failureOf(create(world, { firstName: valueOf('x') })),
        await failureOf(world.connector.reader.read(world.type, nativeId)),
      ];

      expect(failures.map(({ code, disposition, effect }) => [code, disposition, effect])).toEqual([
        ['vendor_unavailable', 'retry', 'unknown'],
        ['vendor_unavailable', 'retry', 'unknown'],
        ['vendor_unavailable', 'retry', 'none'],
      ]);
      expect(world.sent() - before).toBe(3);
    },
  },
  {
    title: 'a call ends at its deadline, whatever the vendor does',
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: ADA, firstName: 'Ada' });
      await world.control.fault({ kind: 'timeout', count: 1 });
      const startedAt = world.now();

      const failure = await failureOf(update(world, nativeId, { firstName: valueOf('x') }));

      expect(failure).toMatchObject({ code: 'vendor_timeout', disposition: 'retry', effect: 'unknown' });
      expect(world.now() - startedAt).toBe(CALL_TIMEOUT_MS);
      expect((await read(world, nativeId)).fields).toMatchObject({ firstName: valueOf('Ada') });
    },
  },
  {
    title: 'a slow answer within the deadline is an answer',
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: ADA, firstName: 'Ada' });
      await world.control.fault({ kind: 'slow', count: 1, ms: CALL_TIMEOUT_MS - 1 });

      expect((await read(world, nativeId)).fields).toMatchObject({ firstName: valueOf('Ada') });
    },
  },
  {
    title: 'a create whose answer was lost is found by our own id, and not made twice (M2)',
    async run(open) {
      const world = await open();
      await world.control.fault({ kind: 'timeout-after-effect', count: 1 });

      const failure = await failureOf(create(world, { firstName: valueOf('Ada') }));

      expect(failure).toMatchObject({ code: 'vendor_timeout', effect: 'unknown' });
      expect(await find(world, OWN)).toMatchObject({ status: 'own' });
      expect(await create(world, { firstName: valueOf('Ada') })).toEqual({ status: 'exists' });
    },
  },
  {
    title: 'an answer that is no answer leaves a write in doubt and proves nothing about a read (M10)',
    async run(open) {
      const plain = await open();
      const nativeId = await plain.typeIn({ email: ADA });
      for (const body of ['', '<html>', '{}', '[1]', '{"data":']) {
        const world = await open({ through: garbling(body) });
        const known = await world.typeIn({ email: ADA });

        const looked = await failureOf(world.connector.reader.read(world.type, known));
        const written = await failureOf(update(world, known, { firstName: valueOf('x') }));

        expect([looked.code, looked.disposition, looked.effect]).toEqual([
          'vendor_protocol',
          'retry',
          'none',
        ]);
        expect([written.code, written.disposition, written.effect]).toEqual([
          'vendor_protocol',
          'retry',
          'unknown',
        ]);
      }
      expect((await read(plain, nativeId)).nativeId).toBe(nativeId);
    },
  },
  {
    title: 'credentials that are refused make the work wait for somebody',
    async run(open) {
      const world = await open();
      const nativeId = await world.typeIn({ email: ADA });
      const stranger = await open({ accessToken: 'revoked' });

      expect(await failureOf(stranger.connector.reader.read(world.type, nativeId))).toMatchObject({
        code: 'vendor_unauthorised',
        disposition: 'park',
        effect: 'none',
      });
    },
  },
  {
    title: 'preparing the vendor again changes nothing',
    async run(open) {
      const world = await open();
      const nativeId = await createdId(world, { firstName: valueOf('Ada') });

      await world.connector.prepare();

      expect(await find(world, OWN)).toEqual({ status: 'own', nativeId });
      expect(await create(world, { firstName: valueOf('Ada') })).toEqual({ status: 'exists' });
    },
  },
];
