import { IDENTITY_CLIENTS } from '../kernel/identity.ts';
import type { Device, DomainType, KernelState, Smmu } from './model.ts';

const IDENTITY = new Set(IDENTITY_CLIENTS.map(({ compatible }) => compatible));

/** What decides about a device's domain. */
export type Domain = Pick<Device, 'domain' | 'domainBy'>;

/**
 * Under which IOMMU domain a device's DMA runs, from its SMMU, the kernel's configuration and its command line
 * (drivers/iommu/iommu.c:iommu_get_default_domain_type).
 * @param smmu the one that its StreamIDs name; undefined where it has none
 */
export function domainOf(
  compatible: readonly string[],
  smmu: Smmu | undefined,
  { config, cmdline }: Pick<KernelState, 'config' | 'cmdline'>,
): Domain {
  const is = (domain: DomainType, domainBy: string): Domain => ({ domain, domainBy });
  if (!smmu) return is('none', 'no StreamID: no SMMU in its path');
  if (!smmu.enabled) return is('none', `its SMMU ${smmu.id} is disabled`);
  const option = smmu.version === 3 ? 'CONFIG_ARM_SMMU_V3' : 'CONFIG_ARM_SMMU';
  if (config && !config.has(option)) return is('none', `${option} is not set`);
  const client = smmu.qcom ? compatible.find((name) => IDENTITY.has(name)) : undefined;
  if (client) return is('identity', `${client} is kept one to one by the SMMU's driver`);
  const said = cmdline?.findLast((word) => word.startsWith('iommu.passthrough='));
  if (said) return is(/=(?:1|y|on)/i.test(said) ? 'identity' : 'translated', said);
  if (!config) return is('unknown', 'no configuration given');
  return config.has('CONFIG_IOMMU_DEFAULT_PASSTHROUGH')
    ? is('identity', 'CONFIG_IOMMU_DEFAULT_PASSTHROUGH')
    : is('translated', 'default of the configuration');
}
