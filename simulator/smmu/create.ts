import type { PhysicalMemory, Smmu, SmmuOptions } from './types.ts';
import { SmmuV2 } from './v2.ts';
import { SmmuV3 } from './v3.ts';

/**
 * Makes an SMMU as it comes out of reset: v1 and v2 with CLIENTPD=1 (bypass), v3 with SMMUEN=0 and GBPA.ABORT as
 * `gbpaAbort` says. Throws RangeError for a version that does not exist.
 */
export function createSmmu(options: SmmuOptions, memory: PhysicalMemory): Smmu {
  switch (options.version) {
    case 1:
    case 2:
      return new SmmuV2(options, memory);
    case 3:
      return new SmmuV3(options, memory);
    default:
      throw new RangeError(`there is no SMMUv${String(options.version)}; use 1, 2 or 3`);
  }
}
