/** Made-up drivers of an SMMUv2 and an SMMUv3 with the names that Linux's have: what the patches hold on to. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SMMU_DRIVERS } from '../../../../server/kernel/index.ts';

export const V2_HEADER = `
#define ARM_SMMU_GR0_sCR0		0x0
#define ARM_SMMU_sCR0_CLIENTPD		BIT(0)
#define ARM_SMMU_sCR0_GFRE		BIT(1)
#define ARM_SMMU_sCR0_GFIE		BIT(2)
#define ARM_SMMU_sCR0_GCFGFRE		BIT(4)
#define ARM_SMMU_sCR0_GCFGFIE		BIT(5)
#define ARM_SMMU_sCR0_USFCFG		BIT(10)
#define ARM_SMMU_GR0_SMR(n)		(0x800 + ((n) << 2))
#define ARM_SMMU_GR0_S2CR(n)		(0xc00 + ((n) << 2))
#define ARM_SMMU_S2CR_TYPE		GENMASK(17, 16)
#define ARM_SMMU_CB_SCTLR		0x0
#define ARM_SMMU_SCTLR_CFIE		BIT(6)

enum s2cr_type { S2CR_TYPE_TRANS, S2CR_TYPE_BYPASS, S2CR_TYPE_FAULT };
struct arm_smmu_s2cr { enum s2cr_type type; };
struct arm_smmu_smr { bool valid; };
struct arm_smmu_cb { struct arm_smmu_cfg *cfg; };
struct arm_smmu_device {
	int num_mapping_groups, num_context_banks;
	struct arm_smmu_smr *smrs;
	struct arm_smmu_s2cr *s2crs;
	struct arm_smmu_cb *cbs;
};
#define arm_smmu_gr0_read(s, o)		arm_smmu_readl((s), 0, (o))
#define arm_smmu_gr0_write(s, o, v)	arm_smmu_writel((s), 0, (o), (v))
#define arm_smmu_cb_read(s, n, o)	arm_smmu_readl((s), (n), (o))
#define arm_smmu_cb_write(s, n, o, v)	arm_smmu_writel((s), (n), (o), (v))
`;

export const V2 = `#include <linux/platform_device.h>
#include "arm-smmu.h"

#define s2cr_init_val (struct arm_smmu_s2cr){ .type = S2CR_TYPE_FAULT }

static void arm_smmu_rpm_get(struct arm_smmu_device *smmu)
{
	pm_runtime_resume_and_get(smmu->dev);
}

static void arm_smmu_device_reset(struct arm_smmu_device *smmu)
{
	arm_smmu_gr0_write(smmu, ARM_SMMU_GR0_sCR0, ARM_SMMU_sCR0_USFCFG);
}

static int arm_smmu_device_probe(struct platform_device *pdev)
{
	return iommu_device_register(NULL, NULL, &pdev->dev);
}

static void arm_smmu_device_shutdown(struct platform_device *pdev)
{
	struct arm_smmu_device *smmu = platform_get_drvdata(pdev);

	arm_smmu_gr0_write(smmu, ARM_SMMU_GR0_sCR0, ARM_SMMU_sCR0_CLIENTPD);
}

static void arm_smmu_device_remove(struct platform_device *pdev)
{
	arm_smmu_device_shutdown(pdev);
}

static struct platform_driver arm_smmu_driver = {
	.probe		= arm_smmu_device_probe,
	.remove_new	= arm_smmu_device_remove,
	.shutdown	= arm_smmu_device_shutdown,
};
module_platform_driver(arm_smmu_driver);
`;

export const V3_HEADER = `
#define ARM_SMMU_CR0			0x20
#define ARM_SMMU_GBPA			0x44
#define GBPA_ABORT			(1 << 20)
#define ARM_SMMU_IRQ_CTRL		0x50
#define ARM_SMMU_IRQ_CTRLACK		0x54
#define STRTAB_NUM_L2_STES		256
#define CMDQ_OP_CFGI_ALL		0x4
#define CMDQ_OP_TLBI_EL2_ALL		0x20
#define CMDQ_OP_TLBI_NSNH_ALL		0x30
#define ARM_SMMU_FEAT_2_LVL_STRTAB	(1 << 0)
#define ARM_SMMU_FEAT_HYP		(1 << 12)

struct arm_smmu_cmdq_ent { u8 opcode; };
struct arm_smmu_ste { u64 data[8]; };
struct arm_smmu_strtab_l2 { struct arm_smmu_ste stes[STRTAB_NUM_L2_STES]; };
struct arm_smmu_strtab_cfg {
	struct { struct arm_smmu_ste *table; unsigned int num_ents; } linear;
	struct { struct arm_smmu_strtab_l2 **l2ptrs; unsigned int num_l1_ents; } l2;
};
struct arm_smmu_device {
	u32 features;
	struct arm_smmu_strtab_cfg strtab_cfg;
};
`;

export const V3 = `#include <linux/platform_device.h>
#include "arm-smmu-v3.h"

static int arm_smmu_write_reg_sync(struct arm_smmu_device *smmu, u32 val,
				   unsigned int reg_off, unsigned int ack_off)
{
	return 0;
}

static int arm_smmu_update_gbpa(struct arm_smmu_device *smmu, u32 set, u32 clr)
{
	return 0;
}

static int arm_smmu_device_disable(struct arm_smmu_device *smmu)
{
	return arm_smmu_write_reg_sync(smmu, 0, ARM_SMMU_CR0, ARM_SMMU_CR0ACK);
}

static void arm_smmu_init_initial_stes(struct arm_smmu_ste *strtab, unsigned int nent)
{
}

static int arm_smmu_cmdq_issue_cmd_with_sync(struct arm_smmu_device *smmu,
					     struct arm_smmu_cmdq_ent *ent)
{
	return 0;
}

static int arm_smmu_device_probe(struct platform_device *pdev)
{
	return iommu_device_register(NULL, NULL, &pdev->dev);
}

/* The last that this kernel does to the SMMU. */
static void arm_smmu_device_shutdown(struct platform_device *pdev)
{
	struct arm_smmu_device *smmu = platform_get_drvdata(pdev);

	arm_smmu_device_disable(smmu);
}

static struct platform_driver arm_smmu_driver = {
	.probe = arm_smmu_device_probe,
	.shutdown = arm_smmu_device_shutdown,
};
module_platform_driver(arm_smmu_driver);
`;

/** Writes a tree with these drivers, which looks like Linux's from outside. */
export function writeSmmuTree(root: string): void {
  const files = {
    Makefile: 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\nEXTRAVERSION =\n',
    Kbuild: '',
    [SMMU_DRIVERS.v2]: V2,
    [join(dirname(SMMU_DRIVERS.v2), 'arm-smmu.h')]: V2_HEADER,
    [join(dirname(SMMU_DRIVERS.v2), 'Makefile')]: 'obj-y += arm-smmu.o\n',
    [SMMU_DRIVERS.v3]: V3,
    [join(dirname(SMMU_DRIVERS.v3), 'arm-smmu-v3.h')]: V3_HEADER,
    [join(dirname(SMMU_DRIVERS.v3), 'Makefile')]: 'obj-y += arm-smmu-v3.o\n',
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}
