import type { Sourced } from './types.ts';

/** Nodes that an SMMU driver itself puts into an identity domain, whatever the default is. */
export interface IdentityRow extends Sourced {
  /** Compatible of the client's node. */
  readonly compatible: string;
}

const QCOM = 'drivers/iommu/arm/arm-smmu/arm-smmu-qcom.c:qcom_smmu_client_of_match';

/** Clients of Qualcomm's SMMUs (`qcom_smmu_def_domain_type`), those of both trees. */
export const IDENTITY_CLIENTS: readonly IdentityRow[] = [
  ...['adreno', 'adreno-gmu', 'mdp4', 'mdss', 'qcm2290-mdss', 'sc7180-mdss', 'sc7180-mss-pil', 'sc7280-mdss'],
  ...['sc7280-mss-pil', 'sc8180x-mdss', 'sc8280xp-mdss', 'sdm670-mdss', 'sdm845-mdss', 'sdm845-mss-pil'],
  ...[
    'sm6115-mdss',
    'sm6350-mdss',
    'sm6375-mdss',
    'sm8150-mdss',
    'sm8250-mdss',
    'sm8450-mdss',
    'x1e80100-mdss',
  ],
].map((name) => ({ compatible: `qcom,${name}`, source: QCOM }));
