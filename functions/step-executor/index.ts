import { http } from '@google-cloud/functions-framework';
import { serve } from '#shared/runtime/serve.ts';
import { bind } from './entry.ts';

http('step-executor', serve('step-executor', bind));
