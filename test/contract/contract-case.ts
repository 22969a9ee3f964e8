/** One promise of a port. `open` makes a fresh one of whatever platform is under test. */
export interface ContractCase<Open> {
  readonly title: string;
  readonly run: (open: Open) => Promise<void>;
}

/** Titles of the cases that an implementation breaks. */
export async function casesBrokenBy<Open>(
  cases: readonly ContractCase<Open>[],
  open: Open,
): Promise<readonly string[]> {
  const broken: string[] = [];
  for (const { title, run } of cases) {
    const failed = await run(open).then(
      () => false,
      () => true,
    );
    if (failed) broken.push(title);
  }
  return broken;
}
