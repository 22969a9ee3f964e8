import { expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import type { Decided, ReadSpec, WriteSpec } from '#functions/console/api/route.ts';

type Params = z.ZodObject<{ id: z.ZodPipe<z.ZodString, z.ZodTransform<number, string>> }>;
type Query = z.ZodObject<{ size: z.ZodOptional<z.ZodLiteral<'s'>> }>;
type Read = ReadSpec<Params, Query>;
type Write = WriteSpec<Params, Query>;

test('an address that names no capability, or one that is none, does not compile', () => {
  expectTypeOf<Omit<Read, 'capability'>>().not.toExtend<Read>();
  expectTypeOf<Omit<Write, 'capability'>>().not.toExtend<Write>();
  expectTypeOf<'anything'>().not.toExtend<Read['capability']>();
  expectTypeOf<'check'>().toExtend<Read['capability']>();
});

test('a change that says nothing of its trace does not compile: it names an act, or null', () => {
  expectTypeOf<Omit<Decided, 'audit'>>().not.toExtend<Decided>();
  expectTypeOf<undefined>().not.toExtend<Decided['audit']>();
});

test('a handler sees what its schemas let through', () => {
  expectTypeOf<Parameters<Read['read']>[1]['params']>().toEqualTypeOf<{ id: number }>();
  expectTypeOf<Parameters<Write['decide']>[1]['body']>().toEqualTypeOf<{ size?: 's' | undefined }>();
});
