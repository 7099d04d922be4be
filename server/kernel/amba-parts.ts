import type { Sourced } from './types.ts';

/** The peripheral id (without revision) that the registers of a kind of AMBA device hold. */
export interface AmbaPartRow extends Sourced {
  readonly compatible: string;
  readonly id: number;
}

/** CoreSight components: of a driver's several ids the first, since each of them leads to that driver. Sorted by compatible. */
// biome-ignore format: one row a line
export const AMBA_PARTS: readonly AmbaPartRow[] = [
  { compatible: 'arm,coresight-catu', id: 0xbb9ee, source: 'drivers/hwtracing/coresight/coresight-catu.c:catu_ids' },
  { compatible: 'arm,coresight-dynamic-funnel', id: 0xbb908, source: 'drivers/hwtracing/coresight/coresight-funnel.c:dynamic_funnel_ids' },
  { compatible: 'arm,coresight-dynamic-replicator', id: 0xbb909, source: 'drivers/hwtracing/coresight/coresight-replicator.c:dynamic_replicator_ids' },
  { compatible: 'arm,coresight-etb10', id: 0xbb907, source: 'drivers/hwtracing/coresight/coresight-etb10.c:etb_ids' },
  { compatible: 'arm,coresight-stm', id: 0xbb962, source: 'drivers/hwtracing/coresight/coresight-stm.c:stm_ids' },
  { compatible: 'arm,coresight-tmc', id: 0xbb961, source: 'drivers/hwtracing/coresight/coresight-tmc-core.c:tmc_ids' },
  { compatible: 'arm,coresight-tpiu', id: 0xbb912, source: 'drivers/hwtracing/coresight/coresight-tpiu.c:tpiu_ids' },
];
