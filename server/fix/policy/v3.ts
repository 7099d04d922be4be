import type { HookSite, PolicyChange } from './site.ts';

const DISABLE = 'arm_smmu_device_disable';

/** `abortV3` of the simulator: interrupts off where wanted, GBPA.ABORT, then off. */
export function v3Abort({ places, place }: HookSite, isQuiet: boolean): PolicyChange | { why: string } {
  const off = places.call(place, DISABLE);
  if (!off) return { why: `its shutdown does not call ${DISABLE}` };
  if (places.text.slice(place.open, place.end).includes('GBPA_ABORT'))
    return { why: 'its shutdown sets GBPA_ABORT already' };
  const { indent, args } = off;
  const quiet = [
    '/* Nobody handles an interrupt any more, nor owns the memory of its MSI */',
    `arm_smmu_write_reg_sync(${args}, 0, ARM_SMMU_IRQ_CTRL,`,
    '\t\t\tARM_SMMU_IRQ_CTRLACK);',
  ];
  const lines = [
    ...(isQuiet ? quiet : []),
    '/* While it is off, the SMMU does as GBPA says: block every stream */',
    `arm_smmu_update_gbpa(${args}, GBPA_ABORT, 0);`,
  ];
  const code = lines.map((line) => `${indent}${line}\n`).join('');
  return { code, defines: null, edits: [{ at: off.at, removes: 0, text: code }] };
}

/** `resetV3` of the simulator: every stream table entry aborts, the caches forget, SMMUEN stays 1. */
export function v3Reset({ places, known, place }: HookSite): PolicyChange | { why: string } {
  const off = places.call(place, DISABLE);
  if (!off) return { why: `its shutdown does not call ${DISABLE}` };
  const name = 'arm_smmu_device_block';
  if (known.has(name)) return { why: `the driver has ${name} already` };
  const tables = LAYOUTS.find(({ needs }) => needs.every((one) => known.has(one)));
  const entries = ENTRIES.find(({ init }) => known.has(init));
  if (!tables || !entries) return { why: 'its stream table is laid out in no way that is known here' };
  const code = blockFunction(name, tables, entries);
  return {
    code,
    defines: name,
    edits: [
      { at: place.start, removes: 0, text: `${code}\n` },
      { at: off.at, removes: off.end - off.at, text: `${off.indent}${name}(${off.args});\n` },
    ],
  };
}

/** How a driver keeps its stream table. */
interface Layout {
  readonly needs: readonly string[];
  readonly count: string;
  /** A second-level table, null where it was not made. */
  readonly second: string;
  readonly stes: (second: string) => readonly [table: string, count: string];
  readonly linear: readonly [table: string, count: string];
}

const LAYOUTS: readonly Layout[] = [
  {
    needs: ['l2ptrs', 'num_l1_ents', 'linear', 'STRTAB_NUM_L2_STES'],
    count: 'cfg->l2.num_l1_ents',
    second: 'cfg->l2.l2ptrs[i]',
    stes: (second) => [`${second}->stes`, 'STRTAB_NUM_L2_STES'],
    linear: ['cfg->linear.table', 'cfg->linear.num_ents'],
  },
  {
    needs: ['l1_desc', 'l2ptr', 'num_l1_ents', 'strtab', 'STRTAB_SPLIT'],
    count: 'cfg->num_l1_ents',
    second: 'cfg->l1_desc[i].l2ptr',
    stes: (second) => [second, '1 << STRTAB_SPLIT'],
    linear: ['cfg->strtab', 'cfg->num_l1_ents'],
  },
];

/** The driver's function that makes entries what they are before a device attaches; the newest first. */
const ENTRIES = [
  { init: 'arm_smmu_init_initial_stes', more: '', note: '' },
  {
    init: 'arm_smmu_init_bypass_stes',
    more: ', false',
    note: '\n * Entries bypass instead where disable_bypass is off.',
  },
] as const;

function blockFunction(name: string, layout: Layout, { init, more, note }: (typeof ENTRIES)[number]): string {
  const [stes, count] = layout.stes(layout.second);
  const [table, all] = layout.linear;
  return `/*
 * Leave translation on with every stream table entry aborting. The table stays
 * in use, in memory that the next kernel takes for free until it resets the
 * SMMU.${note}
 */
static void ${name}(struct arm_smmu_device *smmu)
{
	struct arm_smmu_strtab_cfg *cfg = &smmu->strtab_cfg;
	struct arm_smmu_cmdq_ent cmd = {};
	unsigned int i;

	if (smmu->features & ARM_SMMU_FEAT_2_LVL_STRTAB) {
		for (i = 0; i < ${layout.count}; i++) {
			if (!${layout.second})
				continue;
			${init}(${stes},
${aligned(init, 3)}${count}${more});
		}
	} else {
		${init}(${table},
${aligned(init, 2)}${all}${more});
	}

	/* The SMMU's caches still hold the old entries and translations */
	cmd.opcode = CMDQ_OP_CFGI_ALL;
	arm_smmu_cmdq_issue_cmd_with_sync(smmu, &cmd);
	if (smmu->features & ARM_SMMU_FEAT_HYP) {
		cmd.opcode = CMDQ_OP_TLBI_EL2_ALL;
		arm_smmu_cmdq_issue_cmd_with_sync(smmu, &cmd);
	}
	cmd.opcode = CMDQ_OP_TLBI_NSNH_ALL;
	arm_smmu_cmdq_issue_cmd_with_sync(smmu, &cmd);
}
`;
}

/** White space up to behind the opening parenthesis of a call that is indented by tabs. */
function aligned(name: string, tabs: number): string {
  const column = tabs * 8 + name.length + 1;
  return '\t'.repeat(column >> 3) + ' '.repeat(column & 7);
}
