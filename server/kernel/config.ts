/**
 * Which configuration symbols a kernel that kexecs has anyway. A hook that hangs on one of them is there when it is
 * needed; a hook that hangs on any other (`CONFIG_PM`, `CONFIG_PM_SLEEP`, …) may not be.
 * Source: `kernel/Kconfig.kexec` (KEXEC selects KEXEC_CORE; depends on ARCH_SUPPORTS_KEXEC), `arch/arm64/Kconfig`.
 */
const IMPLIED_BY_KEXEC = new Set([
  'CONFIG_KEXEC',
  'CONFIG_KEXEC_CORE',
  'CONFIG_KEXEC_FILE',
  'CONFIG_CRASH_DUMP',
  'CONFIG_ARM64',
  'CONFIG_64BIT',
  'CONFIG_MMU',
  'CONFIG_SMP',
  'CONFIG_OF',
  'CONFIG_HAS_DMA',
  'CONFIG_HAS_IOMEM',
  'CONFIG_MODULES',
  'CONFIG_PRINTK',
]);

const SYMBOL = /\bCONFIG_\w+/g;

/** True when a preprocessor condition asks for a configuration symbol that kexec does not imply. */
export function configMatters(condition: string): boolean {
  const symbols = condition.match(SYMBOL);
  return symbols?.some((symbol) => !IMPLIED_BY_KEXEC.has(symbol.replace(/_MODULE$/, ''))) ?? false;
}
