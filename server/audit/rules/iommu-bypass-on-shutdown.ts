import type { Rule } from '../rule.ts';

export const iommuBypassOnShutdown: Rule = {
  id: 'iommu-bypass-on-shutdown',
  summary: 'An IOMMU driver whose own shutdown opens it for untranslated DMA.',
  ceiling: 'note',
  aboutHook: false,
  documentation: `## What it finds
The driver of an IOMMU whose \`.shutdown\` reaches a write that lets DMA through untranslated: \`sCR0.CLIENTPD\` of an
SMMUv1/v2, \`CR0 = 0\` of an SMMUv3 (then GBPA decides), paging disabled.

## Why it matters
From that write on, the IOVAs of every device that was not stopped are physical addresses. It is a statement of what this
tree's driver writes, not a verdict: the list has weighed aborting instead, against fault-interrupt storms and against
next kernels and boot loaders that know no SMMU.

## What to do
Nothing in this driver by itself: the devices' own drivers need hooks. \`quiesce simulate\` shows what each policy would do
to one of them.

## When it is wrong
Never, as a statement about the source.
`,
  example: {
    found: `static int smmu_probe(struct platform_device *pdev)
{
	return iommu_device_register(&smmu->iommu, NULL, &pdev->dev);
}

static void smmu_shutdown(struct platform_device *pdev)
{
	arm_smmu_gr0_write(smmu, ARM_SMMU_GR0_sCR0, ARM_SMMU_sCR0_CLIENTPD);
}

static struct platform_driver smmu_driver = {
	.probe = smmu_probe,
	.shutdown = smmu_shutdown,
	.driver = { .name = "smmu" },
};
`,
    fine: `static int smmu_probe(struct platform_device *pdev)
{
	return iommu_device_register(&smmu->iommu, NULL, &pdev->dev);
}

static void smmu_shutdown(struct platform_device *pdev)
{
	arm_smmu_gr0_write(smmu, ARM_SMMU_GR0_sCR0, ARM_SMMU_sCR0_USFCFG);
}

static struct platform_driver smmu_driver = {
	.probe = smmu_probe,
	.shutdown = smmu_shutdown,
	.driver = { .name = "smmu" },
};
`,
  },
  check(subject) {
    if (!subject.iommu) return null;
    const { says, file, line } = subject.iommu;
    return {
      severity: 'note',
      message: [
        `${subject.driver.hook.function}, the .shutdown hook of ${subject.driver.instance}, opens the IOMMU for untranslated DMA: ${says} (${file}:${line}).`,
        'From then on the IOVAs of every device that was not stopped before are physical addresses of the next kernel.',
        'This states what the tree does; simulate a driver behind it to see what each policy would do.',
      ].join('\n'),
    };
  },
};
