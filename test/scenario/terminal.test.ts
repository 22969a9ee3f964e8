import { describe, expect, test } from 'vitest';
import { ANA, linkedCustomer, onlyRecord } from '#test/support/customers.ts';
import { createWorld, SHOPIFY_SECRET } from '#test/support/mesh-world.ts';
import { signedByShopify } from '#test/support/signed-webhooks.ts';
import { consoleHttp, typeInWorld as type, typeLine } from '#test/support/terminals.ts';

const MINUTE_MS = 60_000;
const SILENTLY = { silent: true, keepModified: true };

describe('from a terminal', () => {
  test('an engineer finds a record by any of its ids and sees all of it, now and in the past', async () => {
    const world = await createWorld();
    const { contactId, customerId } = await linkedCustomer(world);
    const { id } = await onlyRecord(world);
    const before = new Date(world.clock.now()).toISOString();
    await world.runFor(60_000);
    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Bea' });
    await world.settle();

    const found = await Promise.all(
      [id, `shopify:${customerId}`, contactId].map((text) =>
        type(world, `records find ${text} --as vera:viewer`),
      ),
    );
    const now = await type(world, `records show ${id}`);
    const past = await type(world, `records show ${id} --at ${before}`);
    const history = await type(world, `records history ${id} --limit 5`);
    const runs = await type(world, `runs --record ${id}`);
    const [runId = ''] = /run_\w+/.exec(runs.out[1] ?? '') ?? [];
    const run = await type(world, `runs show ${runId}`);

    for (const { exitCode, out } of found) {
      expect(exitCode).toBe(0);
      expect(out.join('\n')).toContain(id);
    }
    expect(now.out.find((line) => line.includes('firstName'))).toMatch(/"Bea" +"Bea" +"Bea" +in sync/);
    expect(past.out.find((line) => line.includes('firstName'))).toMatch(/"Ana" +"Ana" +"Ana"/);
    expect(history.out.join('\n')).toMatch(/accepted +hubspot\.firstName +"Ana" -> "Bea" +event /);
    expect(history.out.at(-1)).toMatch(/^Shown 5 of \d+\. The next ones: --cursor \S+$/);
    expect(runs.out[1]).toMatch(/sync-record +succeeded/);
    expect(run.out.join('\n')).toMatch(/update shopify:\S+: succeeded[^]*firstName +"Ana" -> "Bea"/);
    await world.close();
  });

  test('a search that finds nothing ends with 1 and says where it looked', async () => {
    const world = await createWorld();

    const { exitCode, out } = await type(world, 'records find nobody@example.com');

    expect(exitCode).toBe(1);
    expect(out.join('\n')).toMatch(/Nothing was found.*native id of customer of hubspot.*natural key/);
    await world.close();
  });

  test('an admin pauses a system with a reason and resumes it, and the status says so', async () => {
    const world = await createWorld();
    const until = new Date(world.clock.now() + 3_600_000).toISOString();

    const paused = await type(
      world,
      `pause shopify --reason 'the shop migrates' --until ${until} --as ada:admin`,
    );
    const status = await type(world, 'status');
    const resumed = await type(world, "resume shopify --reason 'it has migrated' --as ada:admin");

    expect(paused.exitCode).toBe(0);
    expect(status).toMatchObject({ exitCode: 0, err: [] });
    expect(status.out.join('\n')).toMatch(/shopify is paused +until .*Z +by ada since .*: the shop migrates/);
    expect(resumed.out.join('\n')).not.toContain('paused');
    await world.close();
  });

  test('modes are switched for the client, one system or one dimension', async () => {
    const world = await createWorld();

    await type(world, "mode ask --reason 'people decide first' --as ada:admin");
    await type(world, "mode observe --system shopify --reason 'look at the shop only' --as ada:admin");
    const { out } = await type(
      world,
      "mode observe --dimension customer.profile --reason 'leave names alone' --as ada:admin",
    );

    expect(out.map((line) => line.replaceAll(/ {2,}/g, ' | ').replace(/ \| since .*/, ''))).toEqual([
      'mode of the client | ask',
      'mode of system shopify | observe',
      'mode of dimension customer.profile | observe',
    ]);
    await world.close();
  });

  test('a role may do no more than on the pages, and is told whom to ask', async () => {
    const world = await createWorld();

    const pause = await type(world, "pause shopify --reason 'not allowed' --as olga:operator");
    const status = await type(world, 'status --as vera:viewer');

    expect(pause).toMatchObject({ exitCode: 1, out: [] });
    expect(pause.err.join('\n')).toMatch(
      /change_settings, which the role operator does not have; ask an admin/,
    );
    expect(status.exitCode).toBe(0);
    expect(status.out.join('\n')).toContain('Your role does not see them.');
    await world.close();
  });

  test('the status of a mesh that needs somebody ends with 1', async () => {
    const world = await createWorld();
    const well = await type(world, 'status');
    const { path, headers, body } = signedByShopify({
      body: '{"id":',
      secret: SHOPIFY_SECRET,
      topic: 'customers/update',
      webhookId: 'broken-1',
    });
    await world.deliverWebhook(path, headers, body);
    await world.settle();

    const ill = await type(world, 'status');

    expect(well.exitCode).toBe(0);
    expect(ill).toMatchObject({ exitCode: 1, err: [] });
    expect(ill.out.join('\n')).toMatch(/state +degraded, quarantine waiting/);
    expect(ill.out.join('\n')).toMatch(/quarantine +1 message/);
    await world.close();
  });

  test('a check finds what nobody told of, and says that what explains it may still come', async () => {
    const world = await createWorld();
    const { customerId } = await linkedCustomer(world);
    const { id } = await onlyRecord(world);
    await world.shopify.control.edit('customers', customerId, { firstName: 'Bea' }, SILENTLY);

    const { exitCode, out, err } = await type(world, `check ${id}`);

    expect(exitCode).toBe(0);
    expect(err).toEqual(['Asked for 1 record.', '0 of 1 record checked, owed a look: hubspot, shopify']);
    expect(out.find((line) => line.includes('profile'))).toMatch(/profile +soft drift +awaiting evidence/);
    expect(out.find((line) => line.includes('identity'))).toMatch(/identity +in sync/);
    await world.close();
  });

  test('a check that a vendor keeps from ending says so and ends with 1, as does one that nobody waits for longer', async () => {
    const world = await createWorld();
    await linkedCustomer(world);
    const { id } = await onlyRecord(world);
    await world.shopify.control.fault({ kind: '500', rate: 1 });

    const impatient = await type(world, `check ${id} --patience 5`);
    const stopping = new AbortController();
    const stopped = await typeLine(
      { http: consoleHttp(world), wait: async () => stopping.abort(), stopped: stopping.signal },
      `check ${id}`,
    );

    expect(impatient.exitCode).toBe(1);
    expect(impatient.out.join('\n')).toContain('owed a look: shopify');
    expect(stopped.exitCode).toBe(1);
    await world.close();
  });

  test('what is not as it should be is listed with its cause, shown in full, and hidden with a reason', async () => {
    const world = await createWorld();
    const { contactId, customerId } = await linkedCustomer(world);
    await world.shopify.control.edit('customers', customerId, { phone: '+12025550160' }, SILENTLY);
    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550150' }, SILENTLY);
    const { id } = await onlyRecord(world);
    await type(world, `check ${id}`);
    const discrepancy = `${id}:profile`;

    const list = await type(world, 'discrepancies --class hard_conflict');
    const groups = await type(world, 'discrepancies --by cause');
    const shown = await type(world, `discrepancies show ${discrepancy}`);
    const until = new Date(world.clock.now() + 3_600_000).toISOString();
    const hidden = await type(
      world,
      `discrepancies suppress ${discrepancy} --until ${until} --reason 'asked the client'`,
    );
    const status = await type(world, 'status');

    expect(list.out[0]).toMatch(new RegExp(`^${discrepancy} +hard conflict \\(both_moved\\), open since`));
    expect(groups.out.join('\n')).toMatch(/1 +both_moved +hard conflict/);
    expect(shown.out.find((line) => line.includes('phone'))).toMatch(/"\+12025550150" +"\+12025550160"/);
    expect(hidden.out.join('\n')).toMatch(/is hidden until/);
    expect(status.out.join('\n')).toContain('Nothing is open.');
    await world.close();
  });

  test('why tells a carried change from its event to its read-back, and names what stops one that is not', async () => {
    const world = await createWorld();
    const { contactId, customerId } = await linkedCustomer(world);
    const { id } = await onlyRecord(world);
    await world.hubspot.control.edit('contacts', contactId, { firstname: 'Bea' });
    await world.settle();
    const before = new Date(world.clock.now()).toISOString();
    await world.shopify.control.edit('customers', customerId, { phone: '+12025550160' }, SILENTLY);
    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550150' }, SILENTLY);
    await world.runFor(MINUTE_MS);
    await type(world, `check ${id}`);

    const carried = await type(world, `why ${id} --field firstName --system shopify`);
    const stopped = await type(world, `why ${id} --field phone`);
    const then = await type(world, `why ${id} --field phone --system shopify --at ${before}`);
    const nowhere = await type(world, `why ${id} --field shoeSize`);

    expect(carried.out.join('\n')).toMatch(
      /^firstName in shopify says "Bea"; "Bea" holds true[^]* event +hubspot [^]*accepted +hubspot: "Ana" -> "Bea"[^]* run +run_\w+ of sync-record[^]*written +shopify: "Ana" -> "Bea"[^]*read back +shopify/,
    );
    expect(stopped.exitCode).toBe(0);
    expect(stopped.out.join('\n')).toMatch(
      /phone in hubspot says "\+12025550150"[^]*phone in shopify says "\+12025550160"/,
    );
    expect(stopped.out.join('\n')).toMatch(
      /hard conflict \(both_moved\): Phone: .*\n +Suggested: choose side/,
    );
    expect(then.out.join('\n')).toMatch(/says "\+12025550101"/);
    expect(then.out.join('\n')).not.toContain('both_moved');
    expect(nowhere).toMatchObject({ exitCode: 1, out: [] });
    await world.close();
  });

  test('an open question of who is who is listed with those who may be the same, and decided with a reason', async () => {
    const world = await createWorld();
    const { record, customerId } = await linkedCustomer(world);
    await world.shopify.control.edit('customers', customerId, { email: 'ana.l@example.com' });
    await world.settle(MINUTE_MS);
    const { id: nativeId } = await world.shopify.control.create('customers', {
      email: ANA.email,
      firstName: 'Anna',
    });
    await world.settle(MINUTE_MS);
    const [, newcomer = ''] =
      /(rec_\w+)/.exec((await type(world, `records find shopify:${nativeId}`)).out[1] ?? '') ?? [];

    const open = await type(world, 'identity');
    const unexplained = await type(world, `identity unlink ${newcomer} ${record.id}`);
    const decided = await type(
      world,
      `identity unlink ${newcomer} ${record.id} --reason 'they are two people'`,
    );
    await world.settle(MINUTE_MS);
    const undecided = await type(world, 'identity');

    expect(open.out.join('\n')).toMatch(new RegExp(`this +${newcomer}[^]*perhaps, by email +${record.id}`));
    expect(unexplained).toMatchObject({ exitCode: 2, err: [expect.stringMatching(/--reason/)] });
    expect(decided).toMatchObject({ exitCode: 0 });
    expect(decided.out.join('\n')).toContain(record.id);
    expect(undecided.out.join('\n')).not.toContain('perhaps');
    await world.close();
  });

  test('an object is given a record of its own and joined again, by its id or by its record', async () => {
    const world = await createWorld();
    const { record, customerId } = await linkedCustomer(world);

    const parted = await type(world, `identity unlink ${record.id} shopify --reason 'the wrong person'`);
    await world.settle(MINUTE_MS);
    const linked = await type(
      world,
      `identity link ${record.id} shopify:${customerId} --reason 'it was right'`,
    );
    await world.settle(MINUTE_MS);

    expect(parted).toMatchObject({ exitCode: 0 });
    expect(linked).toMatchObject({ exitCode: 0 });
    expect((await type(world, `records show ${record.id}`)).out.join('\n')).toContain(customerId);
    expect(await type(world, `identity link ${record.id} somebody --reason 'no id'`)).toMatchObject({
      exitCode: 2,
    });
    await world.close();
  });
});
