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
import { createWorld, type World } from '#test/support/mesh-world.ts';
import { consoleHttp, typeInWorld as type, typeLine, type Printed } from '#test/support/terminals.ts';

const SILENTLY = { silent: true, keepModified: true };

describe('plans from a terminal', () => {
  test('a file that says who is who is previewed row by row; one that is not there is named', async () => {
    const world = await createWorld({ client: { ...demo, initialMode: 'observe' } });
    const contact = await world.hubspot.control.create('contacts', {
      email: 'a@example.com',
      firstname: 'Ana',
    });
    const customer = await world.shopify.control.create('customers', {
      email: 'ana@example.com',
      firstName: 'Ana',
    });
    await world.settle();
    const files = { 'who.csv': `hubspot,shopify\n${contact.id},${customer.id}\n` };

    const plan = await type(world, 'plan --crosswalk who.csv', files);
    const missing = await type(world, 'plan --crosswalk who-else.csv', files);

    expect(plan.exitCode).toBe(0);
    expect(plan.out.join('\n')).toMatch(/crosswalk/);
    expect(plan.out.join('\n')).toMatch(/to change +1 record/);
    expect(missing).toMatchObject({ exitCode: 2 });
    expect(missing.err.join('\n')).toContain('The file who-else.csv cannot be read.');
    expect(await writesSince(world, { hubspot: 0, shopify: 0 })).toEqual({ hubspot: [], shopify: [] });
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
