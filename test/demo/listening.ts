import { invalidConfiguration } from '#shared/errors/faults.ts';

/** Starts something that listens, and says which variable to change when its port is not free. */
export async function listening<T>(variable: string, port: number, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE')
      throw invalidConfiguration(
        `Port ${port} is in use; set ${variable} to a free one, or 0 to have one chosen.`,
      );
    if (code === 'EACCES')
      throw invalidConfiguration(`Port ${port} is not allowed; set ${variable} to one above 1023.`);
    throw error;
  }
}
