import type { HookSite, PatchedPolicy, PolicyChange } from './site.ts';

/** A hook of its own: `.remove` calls the old one, and may go on doing so. */
export function v2Hook(
  { known, hook, place }: HookSite,
  policy: PatchedPolicy,
): PolicyChange | { why: string } {
  const name = policy === 'reset' ? 'arm_smmu_shutdown_reset' : 'arm_smmu_shutdown_abort';
  if (known.has(name)) return { why: `the driver has ${name} already` };
  const code = policy === 'reset' ? resetHook(name) : abortHook(name, policy === 'abort-quiet');
  return {
    code,
    defines: name,
    edits: [
      { at: place.end, removes: 0, text: `\n${code}` },
      { at: hook.at, removes: hook.value.length, text: name },
    ],
  };
}

/** `abortV2` of the simulator: interrupts off where wanted, S2CR before SMR, sCR0 last, clocks on. */
function abortHook(name: string, isQuiet: boolean): string {
  const interrupts = isQuiet
    ? `
	/* Nobody would clear a level-triggered fault line */
	reg = arm_smmu_gr0_read(smmu, ARM_SMMU_GR0_sCR0);
	reg &= ~(ARM_SMMU_sCR0_GFIE | ARM_SMMU_sCR0_GCFGFIE);
	arm_smmu_gr0_write(smmu, ARM_SMMU_GR0_sCR0, reg);
	for (i = 0; i < smmu->num_context_banks; ++i) {
		reg = arm_smmu_cb_read(smmu, i, ARM_SMMU_CB_SCTLR);
		reg &= ~ARM_SMMU_SCTLR_CFIE;
		arm_smmu_cb_write(smmu, i, ARM_SMMU_CB_SCTLR, reg);
	}
`
    : '';
  const loud = isQuiet ? '' : '\n\treg |= ARM_SMMU_sCR0_GFIE | ARM_SMMU_sCR0_GCFGFIE;';
  return `/*
 * Block every stream for whatever boots next. The SMMU has no bit for that: all
 * stream mappings become invalid, and a stream without one faults. It must stay
 * powered and clocked, or it blocks nothing for certain.
 */
static void ${name}(struct platform_device *pdev)
{
	struct arm_smmu_device *smmu = platform_get_drvdata(pdev);
	u32 reg;
	int i;

	/* Never put: power and clocks stay on */
	arm_smmu_rpm_get(smmu);
${interrupts}
	for (i = 0; i < smmu->num_mapping_groups; ++i) {
		reg = FIELD_PREP(ARM_SMMU_S2CR_TYPE, S2CR_TYPE_FAULT);
		arm_smmu_gr0_write(smmu, ARM_SMMU_GR0_S2CR(i), reg);
		if (smmu->smrs)
			arm_smmu_gr0_write(smmu, ARM_SMMU_GR0_SMR(i), 0);
	}

	reg = arm_smmu_gr0_read(smmu, ARM_SMMU_GR0_sCR0);
	reg |= ARM_SMMU_sCR0_USFCFG | ARM_SMMU_sCR0_GFRE |
	       ARM_SMMU_sCR0_GCFGFRE;${loud}
	reg &= ~ARM_SMMU_sCR0_CLIENTPD;
	arm_smmu_gr0_write(smmu, ARM_SMMU_GR0_sCR0, reg);
}
`;
}

/** `resetV2` of the simulator: the driver's own reset, as if nothing were mapped. */
function resetHook(name: string): string {
  return `/*
 * Leave translation on with no stream mapped, as after a reset: streams fault,
 * or bypass where disable_bypass is off. It must stay powered and clocked.
 */
static void ${name}(struct platform_device *pdev)
{
	struct arm_smmu_device *smmu = platform_get_drvdata(pdev);
	int i;

	/* Never put: power and clocks stay on */
	arm_smmu_rpm_get(smmu);

	for (i = 0; i < smmu->num_mapping_groups; ++i) {
		smmu->s2crs[i] = s2cr_init_val;
		if (smmu->smrs)
			smmu->smrs[i].valid = false;
	}
	for (i = 0; i < smmu->num_context_banks; ++i)
		smmu->cbs[i].cfg = NULL;

	arm_smmu_device_reset(smmu);
}
`;
}
