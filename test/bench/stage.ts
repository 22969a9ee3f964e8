import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild, type Child, type ChildOptions } from './processes/child.ts';
import type { Customer } from './processes/change-watch.ts';
import type { FloorOrders } from './processes/floor-process.ts';
import type { MeshOrders } from './processes/mesh-process.ts';
import type { PairOptions } from './processes/vendor-pair.ts';
import type { VendorOrders } from './processes/vendors-process.ts';
import type { Orders } from './processes/serve-orders.ts';

/** A process under test with vendors of its own, and customers whom both of them hold. */
export interface Subject<O extends Orders> {
  readonly child: Child<O>;
  /** Where webhooks go. */
  readonly url: string;
  /** Pair of vendors it works with. */
  readonly pair: number;
  readonly customers: readonly Customer[];
}

export interface SubjectOptions extends PairOptions {
  readonly customers: number;
}

/** The processes of one benchmark and their folder. */
export interface Stage {
  readonly vendors: Child<VendorOrders>;
  /** The whole mesh, with customers that it has linked itself. */
  startMesh(options: SubjectOptions): Promise<Subject<MeshOrders>>;
  startFloor(options: SubjectOptions): Promise<Subject<FloorOrders>>;
  /** Any other process, ended with the stage. */
  start<O extends Orders>(module: string, options?: ChildOptions): Promise<Child<O>>;
  /** A folder of its own on the same disk. */
  folder(name: string): string;
}

/** Linking is not measured, yet it has to be over. */
const REST_WITHIN_MS = 60_000;

/** Runs a benchmark with processes that end with it, however it ends. */
export async function onStage<R>(play: (stage: Stage) => Promise<R>): Promise<R> {
  const root = mkdtempSync(join(tmpdir(), 'concord-bench-'));
  const children: Child<Orders>[] = [];

  async function start<O extends Orders>(module: string, options?: ChildOptions): Promise<Child<O>> {
    const child = await startChild<O>(new URL(`./processes/${module}.ts`, import.meta.url), options);
    children.push(child);
    return child;
  }

  function folder(name: string): string {
    const path = join(root, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  try {
    const vendors = await start<VendorOrders>('vendors-process');
    return await play({ vendors, start, folder, startMesh, startFloor });

    async function startMesh({ customers: count, ...options }: SubjectOptions): Promise<Subject<MeshOrders>> {
      const { pair, ports } = await vendors.ask('open', options);
      const child = await start<MeshOrders>('mesh-process', {
        args: ['whole'],
        environment: environmentOf(folder('mesh'), ports),
      });
      const url = await child.ask('url');
      await vendors.ask('aim', { pair, url });
      const customers = await vendors.ask('populate', { pair, count });
      await atRest(child, vendors, pair);
      return { child, url, pair, customers };
    }

    async function startFloor({
      customers: count,
      ...options
    }: SubjectOptions): Promise<Subject<FloorOrders>> {
      const { pair, ports } = await vendors.ask('open', options);
      const child = await start<FloorOrders>('floor-process', {
        environment: environmentOf(folder('floor'), ports),
      });
      const customers = await vendors.ask('enter', { pair, count });
      await child.ask('know', customers);
      const url = await child.ask('url');
      await vendors.ask('aim', { pair, url });
      return { child, url, pair, customers };
    }
  } finally {
    await Promise.all(children.map((child) => child.end()));
    rmSync(root, { recursive: true, force: true });
  }
}

/** What is left when all webhooks have arrived and the mesh owes nothing, or time is up. */
export async function atRest(child: Child<MeshOrders>, vendors: Child<VendorOrders>, pair: number) {
  const startedAt = performance.now();
  for (;;) {
    // Asked first: what has arrived by now is owed by the mesh or done.
    const { waitingWebhooks } = await vendors.ask('compare', { pair });
    const owed = await child.ask('rest', { withinMs: REST_WITHIN_MS });
    const isOver = performance.now() - startedAt > REST_WITHIN_MS;
    if (waitingWebhooks === 0 || isOver) return { ...owed, waitingWebhooks };
    await vendors.ask('pause', { ms: 20 });
  }
}

/** Port 0 takes a free one. Logging is that of `npm start`. */
export function environmentOf(
  folder: string,
  ports: { readonly hubspot: number; readonly shopify: number } = { hubspot: 0, shopify: 0 },
): Readonly<Record<string, string>> {
  return {
    PORT: '0',
    CONCORD_DATA_DIR: folder,
    CONCORD_LOG_LEVEL: 'warning',
    TWIN_PORT_HUBSPOT: String(ports.hubspot),
    TWIN_PORT_SHOPIFY: String(ports.shopify),
  };
}
