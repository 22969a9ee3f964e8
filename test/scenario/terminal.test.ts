import { describe, expect, test } from 'vitest';
import { client as demo } from '#shared/clients/demo/client.ts';
import {
  ANA,
  HUBSPOT,
  lastWrites,
  linkedCustomer,
  onlyRecord,
  writesSince,
} from '#test/support/customers.ts';
import { createWorld, SHOPIFY_SECRET, type World } from '#test/support/mesh-world.ts';
import { signedByShopify } from '#test/support/signed-webhooks.ts';
import { consoleHttp, typeLine, type Printed } from '#test/support/terminals.ts';

const SILENTLY = { silent: true, keepModified: true };

/** Types a line at a machine of the world. While the command waits, the world goes on. */
function type(world: World, line: string, files: Readonly<Record<string, string>> = {}): Promise<Printed> {
  async function wait(ms: number): Promise<void> {
    const until = world.clock.now() + ms;
    await world.runFor(ms);
    world.clock.advanceTo(until);
  }
  return typeLine({ http: consoleHttp(world), wait, files }, line);
}

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

    for (const { exitCode, out } of found) {
      expect(exitCode).toBe(0);
      expect(out.join('\n')).toContain(id);
    }
    expect(now.out.find((line) => line.includes('firstName'))).toMatch(/"Bea" +"Bea" +"Bea" +in sync/);
    expect(past.out.find((line) => line.includes('firstName'))).toMatch(/"Ana" +"Ana" +"Ana"/);
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
    expect(pause.err.join('\n')).toMatch(/change_settings, which a operator does not have; ask an admin/);
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

  test('a check finds what nobody told of, waits until it is judged, and says how the record stands', async () => {
    const world = await createWorld();
    const { customerId } = await linkedCustomer(world);
    const { id } = await onlyRecord(world);
    await world.shopify.control.edit('customers', customerId, { firstName: 'Bea' }, SILENTLY);

    const { exitCode, out, err } = await type(world, `check ${id}`);

    expect(exitCode).toBe(0);
    expect(err).toEqual([
      'Asked for 1 record.',
      '0 of 1 record checked, owed a look: hubspot, shopify',
      '0 of 1 record checked, owed a comparison',
    ]);
    expect(out.find((line) => line.includes('profile'))).toMatch(/profile +soft drift +move unexplained/);
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

  test('a conflict is previewed, applied as it was seen, and is gone; the preview writes nothing', async () => {
    const { world, id, discrepancy } = await worldWithConflict();
    const before = await lastWrites(world);

    const plan = await type(world, `plan --record ${id} --adopt phone=hubspot`);
    const afterPlan = await writesSince(world, before);
    const [planId, hash] = applyArguments(plan);
    const applied = await type(world, `apply ${planId} --hash ${hash} --reason 'asked the client'`);
    const again = await type(world, `apply ${planId} --hash ${hash} --reason 'asked the client'`);
    const settled = await type(world, `discrepancies show ${discrepancy}`);

    expect(plan.exitCode).toBe(0);
    expect(plan.out.join('\n')).toMatch(/update shopify:\S+ +phone +"\+12025550160" -> "\+12025550150"/);
    expect(plan.out.join('\n')).toMatch(/to change +1 record/);
    expect(afterPlan).toEqual({ hubspot: [], shopify: [] });
    expect(applied).toMatchObject({ exitCode: 0 });
    expect(applied.out[0]).toMatch(new RegExp(`^${planId} +applied`));
    expect(again.err).toContain(`${planId} was started before, by developer.`);
    const { shopify } = await writesSince(world, before);
    expect(shopify).toHaveLength(1);
    expect(settled.out.join('\n')).toMatch(/resolved|closed by/);
    await world.close();
  });

  test('a plan whose record has changed since is refused and names it, and the rest can be applied alone', async () => {
    const { world, id } = await worldWithConflict();
    const plan = await type(world, `plan --record ${id} --adopt phone=hubspot`);
    const [planId, hash] = applyArguments(plan);
    const { contactId } = await idsOf(world);
    await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550199' });
    await world.settle();

    const refused = await type(world, `apply ${planId} --hash ${hash}`);
    const partly = await type(world, `apply ${planId} --hash ${hash} --skip-changed`);

    expect(refused).toMatchObject({ exitCode: 1, out: [] });
    expect(refused.err.join('\n')).toMatch(new RegExp(`Changed: ${id}\\. To leave them out: --skip-changed`));
    expect(partly.exitCode).toBe(1);
    expect(partly.out.join('\n')).toMatch(
      /partly applied[^]*refused: 1[^]*preimage_moved[^]*plan --refused-of/,
    );
    await world.close();
  });

  test('Ctrl-C ends the following and not the operation', async () => {
    const { world, id } = await worldWithConflict();
    const plan = await type(world, `plan --record ${id} --adopt phone=hubspot`);
    const [planId, hash] = applyArguments(plan);
    const stopping = new AbortController();

    const stopped = await typeLine(
      { http: consoleHttp(world), wait: async () => stopping.abort(), stopped: stopping.signal },
      `apply ${planId} --hash ${hash}`,
    );
    const followed = await type(world, `apply --follow ${planId}`);

    expect(stopped.exitCode).toBe(1);
    expect(stopped.out.join('\n')).toContain(`Follow it: concord apply --follow ${planId}`);
    expect(followed).toMatchObject({
      exitCode: 0,
      err: expect.arrayContaining([expect.stringMatching(/of 1 done/)]),
    });
    expect((await type(world, 'operations')).out.join('\n')).toContain(planId);
    await world.close();
  });

  test('an operation is cancelled: what was not handed out is not written, and the terminal says how many', async () => {
    const world = await createWorld({ latencyMs: 200 });
    for (let index = 0; index < 60; index += 1)
      await world.hubspot.control.create('contacts', {
        email: `c${index}@example.com`,
        firstname: `C${index}`,
      });
    await world.settle();
    await type(world, "mode ask --reason 'people decide first' --as ada:admin");
    for (const { id } of await world.hubspot.control.list('contacts'))
      await world.hubspot.control.edit('contacts', id, { firstname: 'New' });
    await world.settle();
    const before = await lastWrites(world);
    const plan = await type(world, 'plan --type customer --by-owner');
    const [planId, hash] = applyArguments(plan);
    await type(world, `apply ${planId} --hash ${hash} --reason 'go on' --detach`);

    const cancelled = await type(world, `apply --cancel ${planId} --reason 'a mistake'`);

    expect(plan.out.join('\n')).toMatch(/to change +60 records/);
    expect(plan.out.join('\n')).toContain('Shown 20 of 60.');
    expect(cancelled.exitCode).toBe(0);
    expect(cancelled.out[0]).toMatch(/cancelled/);
    const { shopify } = await writesSince(world, before);
    expect(shopify.length).toBeLessThan(60);
    await world.close();
  });

  test('a large plan is applied by an admin who types its count, and says so beforehand', async () => {
    const client = { ...demo, approvals: { bulkLimit: 1, secondPersonFrom: 3 as const } };
    const world = await createWorld({ client });
    for (const name of ['ana', 'ben'])
      await world.hubspot.control.create('contacts', { email: `${name}@example.com`, firstname: name });
    await world.settle();
    await type(world, "mode ask --reason 'people decide first' --as ada:admin");
    for (const { id } of await world.hubspot.control.list('contacts'))
      await world.hubspot.control.edit('contacts', id, { firstname: 'New' });
    await world.settle();

    const plan = await type(world, 'plan --type customer --as olga:operator');
    const [, planId = '', hash = ''] = /plan approve (plan_\w+) --hash (\w+)/.exec(plan.out.join('\n')) ?? [];
    const early = await type(
      world,
      `apply ${planId} --hash ${hash} --reason 'go on' --confirm 2 --as olga:operator`,
    );
    const approved = await type(
      world,
      `plan approve ${planId} --hash ${hash} --reason 'looked at it' --as ada:admin`,
    );
    const applied = await type(
      world,
      `apply ${planId} --hash ${hash} --reason 'go on' --confirm 2 --as olga:operator`,
    );

    expect(early).toMatchObject({ exitCode: 1, err: [expect.stringMatching(/awaiting_approval/)] });
    expect(approved.out.join('\n')).toMatch(/approved by ada[^]*--confirm 2/);
    expect(applied).toMatchObject({ exitCode: 0 });
    await world.close();
  });

  test('a client goes live: what would happen is shown while it observes, and is applied once people decide', async () => {
    const world = await createWorld({ client: { ...demo, initialMode: 'observe' } });
    await world.hubspot.control.create('contacts', ANA);
    await world.shopify.control.create('customers', {
      email: ANA.email,
      firstName: 'Anna',
      lastName: 'Lima',
    });
    await world.hubspot.control.create('contacts', {
      email: 'ben@example.com',
      firstname: 'Ben',
      lastname: 'Reed',
    });
    await world.settle();
    const before = await lastWrites(world);

    const plan = await type(world, 'plan --onboarding');
    const [planId, hash] = applyArguments(plan);
    const observing = await type(world, `apply ${planId} --hash ${hash} --reason 'go live'`);
    const written = await writesSince(world, before);
    await type(world, "mode ask --reason 'go live' --as ada:admin");
    const again = applyArguments(await type(world, 'plan --onboarding'));
    const applied = await type(world, `apply ${again[0]} --hash ${again[1]} --reason 'go live'`);

    expect(plan.out.join('\n')).toMatch(/onboarding, ready[^]*creates +shopify 1[^]*matched by +email/);
    expect(observing).toMatchObject({
      exitCode: 1,
      err: [expect.stringMatching(/only observes; switch it to ask/)],
    });
    expect(written).toEqual({ hubspot: [], shopify: [] });
    expect(applied).toMatchObject({ exitCode: 0 });
    await world.settle();
    expect(await world.shopify.control.list('customers')).toHaveLength(2);
    await world.close();
  });

  test('what a run has written is taken back by a plan', async () => {
    const { world, id } = await worldWithConflict();
    const plan = applyArguments(await type(world, `plan --record ${id} --adopt phone=hubspot`));
    await type(world, `apply ${plan[0]} --hash ${plan[1]}`);
    const { out } = await type(world, `plan show ${plan[0]}`);
    const [runId = ''] = /run_\w+/.exec(out.join('\n')) ?? [];

    const undo = await type(world, `plan --undo ${runId}`);
    const [planId, hash] = applyArguments(undo);
    const undone = await type(world, `apply ${planId} --hash ${hash} --reason 'a mistake'`);

    expect(undo.out.join('\n')).toMatch(/phone +"\+12025550150" -> "\+12025550160"/);
    expect(undone.exitCode).toBe(0);
    const [shopper] = await world.shopify.control.list('customers');
    expect(shopper).toMatchObject({ phone: '+12025550160' });
    await world.close();
  });
});

/** A customer whose phone number both sides have changed, differently, found by a check. */
async function worldWithConflict(): Promise<{ world: World; id: string; discrepancy: string }> {
  const world = await createWorld();
  const { contactId, customerId } = await linkedCustomer(world);
  await world.shopify.control.edit('customers', customerId, { phone: '+12025550160' }, SILENTLY);
  await world.hubspot.control.edit('contacts', contactId, { phone: '+12025550150' }, SILENTLY);
  const { id } = await onlyRecord(world);
  await type(world, `check ${id}`);
  return { world, id, discrepancy: `${id}:profile` };
}

async function idsOf(world: World): Promise<{ contactId: string }> {
  const { links } = await onlyRecord(world);
  return { contactId: links[HUBSPOT]?.nativeId ?? '' };
}

/** What the last line of a preview says to type. */
function applyArguments({ out }: Printed): readonly [planId: string, hash: string] {
  const [, planId = '', hash = ''] = /concord apply (plan_\w+) --hash (\w+)/.exec(out.at(-1) ?? '') ?? [];
  return [planId, hash];
}
