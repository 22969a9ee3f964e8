import { afterEach, expect, test } from 'vitest';
import { records } from '#shared/model/record.ts';
import { PROPERTY_SEED } from '#test/support/property-seed.ts';
import { createRandom } from '#test/twins/index.ts';
import { effectsOf, type Effects } from './effects.ts';
import { liveAndDie } from './lives.ts';
import { accountsOf, contactsOf, type Expected } from './people.ts';
import { AT_REST, comeToRest } from './rest.ts';
import { setUp, withPorts, type Scene } from './scene.ts';

/*
 * The mesh in a process of its own is killed again and again, at moments that nobody chose, while people work
 * in both vendors' pages. The vendors live on in this process and repeat the webhooks that found nobody.
 */

const KILLS = 100;
const CHANGES = 5 * KILLS;
const CUSTOMERS = 120;
/** What stands still fails long before; this ends what goes round in circles. */
const TIMEOUT_MS = 20 * 60_000;
const PAGE = 1_000;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

function inspect({ config, sides }: Scene): Promise<Effects & { readonly unsettled: readonly unknown[] }> {
  return withPorts({ config, inMemory: false }, async ({ store }) => {
    const effects = await effectsOf(store, {
      hubspot: await sides.hubspot.writes(),
      shopify: await sides.shopify.writes(),
    });
    const standing = (await store.query({ from: records.ref, limit: PAGE }))
      .map(({ value }) => value)
      .filter(({ state }) => state !== 'merged');
    const unsettled = standing.filter(
      ({ links, verdicts, writeSets }) =>
        Object.keys(links).length !== 2 ||
        Object.keys(writeSets).length > 0 ||
        Object.values(verdicts).some(({ verdict }) => verdict !== 'in_sync'),
    );
    return { ...effects, unsettled };
  });
}

const byEmail = (a: Expected, b: Expected): number => (a.email < b.email ? -1 : 1);

test(
  `${CHANGES} changes and ${KILLS} kills lose nothing, repeat nothing and converge (M1, M2, M4)`,
  async () => {
    const scene = await setUp(PROPERTY_SEED, closing);

    const { expected, deaths } = await liveAndDie(scene, {
      random: createRandom(PROPERTY_SEED),
      kills: KILLS,
      changesPerLife: CHANGES / KILLS,
      customers: CUSTOMERS,
    });
    await scene.mesh.start();
    await scene.mesh.running();
    const left = await comeToRest(scene);
    process.stdout.write(`${KILLS} kills with seed ${PROPERTY_SEED}: ${JSON.stringify(deaths)}\n`);
    const exitCode = await scene.mesh.stop();

    const { repeated, stray, unsettled } = await inspect(scene);
    expect(left).toEqual(AT_REST);
    // First, for a record tells more than a value that differs.
    expect(unsettled).toEqual([]);
    expect((await contactsOf(scene.sides.hubspot)).toSorted(byEmail)).toEqual(expected.toSorted(byEmail));
    expect((await accountsOf(scene.sides.shopify)).toSorted(byEmail)).toEqual(expected.toSorted(byEmail));
    expect(repeated).toEqual([]);
    expect(stray).toEqual([]);
    expect(exitCode).toBe(0);
    expect(deaths.comingUp, 'kills of a process that came up').toBeGreaterThan(0);
    expect(deaths.indebted, 'kills after which records owed something').toBeGreaterThan(KILLS / 2);
    expect(deaths.cutOff, 'calls to vendors that kills interrupted').toBeGreaterThan(KILLS / 2);
  },
  TIMEOUT_MS,
);
