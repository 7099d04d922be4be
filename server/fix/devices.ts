/** How a hook of each bus looks: what it is handed, and how it gets at the driver's own data. */
export interface HookShape {
  /** Struct of the hook's argument. */
  readonly device: string;
  /** Usual name of the argument. */
  readonly argument: string;
  /** The `struct device` behind the argument. */
  readonly dev: (argument: string) => string;
  readonly drvdata: (argument: string) => string;
}

function shape(device: string, argument: string, getter: string): HookShape {
  return {
    device,
    argument,
    dev: (name) => `&${name}->dev`,
    drvdata: (name) => `${getter}(${name})`,
  };
}

function plain(device: string, argument: string): HookShape {
  return {
    device,
    argument,
    dev: (name) => `&${name}->dev`,
    drvdata: (name) => `dev_get_drvdata(&${name}->dev)`,
  };
}

/** By the driver struct's tag. Source: the `shutdown` member of each in `include/linux`. */
export const HOOK_SHAPES: Readonly<Record<string, HookShape>> = {
  platform_driver: shape('platform_device', 'pdev', 'platform_get_drvdata'),
  pci_driver: shape('pci_dev', 'pdev', 'pci_get_drvdata'),
  amba_driver: shape('amba_device', 'adev', 'amba_get_drvdata'),
  spi_driver: shape('spi_device', 'spi', 'spi_get_drvdata'),
  i2c_driver: shape('i2c_client', 'client', 'i2c_get_clientdata'),
  auxiliary_driver: shape('auxiliary_device', 'auxdev', 'auxiliary_get_drvdata'),
  fsl_mc_driver: plain('fsl_mc_device', 'mc_dev'),
  mdio_driver: plain('mdio_device', 'mdiodev'),
  host1x_driver: plain('host1x_device', 'dev'),
  cdx_driver: plain('cdx_device', 'cdx_dev'),
};
