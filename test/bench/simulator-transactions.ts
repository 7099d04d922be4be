/**
 * How many transactions a second the simulated SMMU translates on one core.
 *
 * Run: npx esbuild test/bench/simulator-transactions.ts --bundle --platform=node --format=esm \
 *        --outfile=dist/bench.mjs && node dist/bench.mjs
 * (or, with Node 22.6 or later: node --experimental-strip-types test/bench/simulator-transactions.ts)
 */

import { runSequence } from '../../simulator/kexec/linux-steps.ts';
import { LinuxSmmuV2 } from '../../simulator/kexec/linux-v2.ts';
import { LinuxSmmuV3 } from '../../simulator/kexec/linux-v3.ts';
import { createSmmu } from '../../simulator/smmu/create.ts';
import { SparseMemory } from '../../simulator/smmu/memory.ts';
import type { DriverContext, ProbeOptions, Smmu, SmmuOptions } from '../../simulator/smmu/types.ts';

const OPTIONS: ProbeOptions = {
  kernel: '6.12',
  disableBypass: true,
  kdump: false,
  qcom: false,
  rmrStreams: [],
};
const PAGES = 256;
const RAM = 0x8000_0000;

/** An SMMU with one stream attached and `PAGES` scattered pages mapped, as a driver would leave it. */
function machine(options: SmmuOptions): Smmu {
  const memory = new SparseMemory([{ base: RAM, size: 0x4000_0000 }]);
  const smmu = createSmmu(options, memory);
  let next = RAM + 0x1000_0000;
  const context: DriverContext = {
    smmu,
    memory,
    alloc: (bytes) => {
      const size = Math.max(4096, bytes);
      next = Math.ceil(next / size) * size;
      next += size;
      return next - size;
    },
    free: () => undefined,
  };
  const driver =
    options.version === 3 ? new LinuxSmmuV3(context, OPTIONS) : new LinuxSmmuV2(context, OPTIONS);
  runSequence(driver.probe(), context);
  const domain = runSequence(driver.attach([16], false), context);
  for (let page = 0; page < PAGES; page++) {
    domain.map(0xffff_0000 - page * 0x3000, RAM + page * 0x5000, 4096, { read: true, write: true });
  }
  return smmu;
}

/** Transactions a second of CPU time, over about half a second; each must have landed. */
function measure(smmu: Smmu, before: () => void): number {
  const transactions = Array.from({ length: PAGES }, (_, page) => ({
    iova: 0xffff_0000 - page * 0x3000 + 64,
    len: 64,
    dir: 'write' as const,
    streamId: 16,
  }));
  let done = 0;
  let landed = 0;
  const start = process.cpuUsage();
  let elapsed = 0;
  do {
    for (let round = 0; round < 16; round++) {
      before();
      for (const transaction of transactions) {
        landed += smmu.translate(transaction).segments.length;
        done++;
      }
    }
    elapsed = process.cpuUsage(start).user / 1000;
  } while (elapsed < 500);
  if (landed !== done) throw new Error(`only ${landed} of ${done} transactions landed`);
  return (done / elapsed) * 1000;
}

for (const version of [2, 3] as const) {
  for (const kind of ['TLB hits', 'walks of 4 levels'] as const) {
    const smmu = machine({ version, tlbEntries: kind === 'TLB hits' ? 1024 : 0 });
    measure(smmu, () => undefined);
    const rate = measure(smmu, () => undefined);
    console.log(`SMMUv${version}, ${kind}: ${(rate / 1e6).toFixed(2)} million transactions a second`);
  }
}
