import { registerFunction } from '#shared/runtime/register-function.ts';
import { bind } from './entry.ts';

registerFunction('drift-checker', bind);
