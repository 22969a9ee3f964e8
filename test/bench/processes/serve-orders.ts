/** What a process of a benchmark can be asked to do: functions of one argument, which the parent calls by name. */
export type Orders = Readonly<Record<string, (argument: never) => unknown>>;

export interface Order {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

export type OrderAnswer =
  | { readonly id: number; readonly status: 'done'; readonly value: unknown }
  | { readonly id: number; readonly status: 'failed'; readonly message: string };

/** Carries out the parent's orders, beside each other. The process ends with its parent. */
export function serveOrders(orders: Orders): void {
  async function carryOut({ id, name, argument }: Order): Promise<OrderAnswer> {
    try {
      const order = orders[name];
      if (order === undefined) throw new Error(`There is no order ${name}.`);
      return { id, status: 'done', value: await order(argument as never) };
    } catch (error) {
      return { id, status: 'failed', message: error instanceof Error ? (error.stack ?? '') : String(error) };
    }
  }
  process.on('message', (order: Order) => {
    void carryOut(order).then((answer) => process.send?.(answer));
  });
  process.once('disconnect', () => process.exit());
  process.send?.('ready');
}

/** Processor time and memory of this process so far. */
export interface Usage {
  readonly cpuMs: number;
  readonly rssMiB: number;
}

export function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1_000, rssMiB: process.memoryUsage().rss / 2 ** 20 };
}
