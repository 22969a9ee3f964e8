import { setTimeout as wait } from 'node:timers/promises';
import { createPeople, type Expected } from './people.ts';
import type { Scene } from './scene.ts';
import { LATENCY_MS } from './vendor-sides.ts';

/** How the kills hit, so that a test can tell that they hit work. */
export interface Deaths {
  /** Processes that did not serve yet. */
  readonly comingUp: number;
  /** Processes after which records owed something. */
  readonly indebted: number;
  /** Invocations that held a lease, so that a call to a vendor was under way. */
  readonly cutOff: number;
}

export interface LivesOptions {
  readonly random: () => number;
  readonly kills: number;
  readonly changesPerLife: number;
  readonly customers: number;
}

/** Most processes serve for a while before they die. */
const SHARE_SERVING = 0.8;
/** Of a life that serves: about as many as there is work for. */
const MOST_EXCHANGES = 30;
/** Of one that does not: about as long as it takes to come up. */
const COMING_UP_MS = 80;

/** Processes that live and die one after the other, with people at work in the life of each. */
export async function liveAndDie(
  { sides, exchanges, mesh }: Scene,
  { random, kills, changesPerLife, customers }: LivesOptions,
): Promise<{ readonly expected: readonly Expected[]; readonly deaths: Deaths }> {
  const people = createPeople({ ...sides, random, customers });
  let comingUp = 0;
  let indebted = 0;
  const cutOff = new Set<string>();

  /** The moments of the changes and that of the death are drawn from the same stretch of work. */
  async function serve(): Promise<void> {
    const inherited = await mesh.running();
    if (inherited.debts > 0) indebted += 1;
    for (const owner of inherited.cutOff) cutOff.add(owner);
    const exchangesOfLife = Math.floor(random() * MOST_EXCHANGES);
    const moments = Array.from({ length: changesPerLife }, () => Math.floor(random() * exchangesOfLife));
    let at = 0;
    for (const moment of moments.toSorted((a, b) => a - b)) {
      await exchanges.passed(moment - at);
      at = moment;
      await people.change();
    }
    await exchanges.passed(exchangesOfLife - at);
    await wait(random() * LATENCY_MS[1]); // Between two exchanges is a moment like any other.
  }

  async function comeUp(): Promise<void> {
    for (let change = 0; change < changesPerLife; change += 1) await people.change();
    await wait(random() * COMING_UP_MS);
  }

  for (let life = 0; life < kills; life += 1) {
    await mesh.start();
    await (random() < SHARE_SERVING ? serve() : comeUp());
    if ((await mesh.kill()) === 'coming_up') comingUp += 1;
  }
  return { expected: people.expected(), deaths: { comingUp, indebted, cutOff: cutOff.size } };
}
