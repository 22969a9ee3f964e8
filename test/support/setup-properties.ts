import { configureGlobal, readConfigureGlobal } from 'fast-check';

import { PROPERTY_SEED } from './property-seed.ts';

configureGlobal({ ...readConfigureGlobal(), seed: PROPERTY_SEED });
