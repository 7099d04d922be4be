import { beforeAll, describe, expect, it } from 'vitest';
import type { Driver } from '../../../server/audit/model.ts';
import { auditCases, hooked, INCLUDES, platform } from './law-cases.ts';

const RING = '	priv->ring = dma_alloc_coherent(dev, SZ_4K, &dma, GFP_KERNEL);';
const STOP = '	writel(0, priv->base + ENGINE_CTRL);';

/** A DMA master beside whose driver struct something else is called shutdown. */
const NO_HOOK = {
  // 1. A member of that name in a struct that is no driver.
  dai_ops: platform(RING, {
    before: `static void engine_stop(struct snd_pcm_substream *s, struct snd_soc_dai *d)\n{\n	writel(0, base + CTRL);\n}
static const struct snd_soc_dai_ops engine_dai_ops = { .shutdown = engine_stop };\n`,
  }),
  uart_ops: platform(RING, {
    before: `static void engine_stop(struct uart_port *port)\n{\n	writel(0, port->membase);\n}
static const struct uart_ops engine_uart_ops = { .shutdown = engine_stop };\n`,
  }),
  syscore: platform(`${RING}\n	register_syscore_ops(&engine_syscore);`, {
    before: `static void engine_stop(void)\n{\n	writel(0, base + CTRL);\n}
static struct syscore_ops engine_syscore = { .shutdown = engine_stop };\n`,
  }),
  hc_driver: platform(RING, {
    before: `static void engine_stop(struct usb_hcd *hcd)\n{\n	writel(0, hcd->regs);\n}
static const struct hc_driver engine_hc = { .flags = HCD_DMA, .shutdown = engine_stop };\n`,
  }),
  // 2. A store into a member of that name.
  flag: platform(`${RING}\n	priv->shutdown = true;\n	priv->bus.shutdown = 1;`),
  pointer: platform(`${RING}\n	priv->shutdown = engine_stop;`, {
    before: 'static void engine_stop(struct engine *priv)\n{\n	writel(0, priv->base);\n}\n',
  }),
  // 8. A macro that is NULL.
  null_macro: platform(RING, { members: '.shutdown = NULL,' }),
  // 10. Power management is not called on kexec.
  suspend: platform(RING, {
    before: `static int engine_suspend(struct device *dev)\n{\n	writel(0, base + CTRL);\n	return 0;\n}
static DEFINE_SIMPLE_DEV_PM_OPS(engine_pm, engine_suspend, NULL);\n`,
    members: '.remove = engine_remove,',
  }).replace('.name = "engine"', '.name = "engine", .pm = pm_sleep_ptr(&engine_pm)'),
  commented_out: platform(RING, { members: '/* .shutdown = engine_shutdown, */' }),
} as const;

/** A hook in the right place that does not stop the engine. */
const INEFFECTIVE = {
  // 4. Interrupts and timers only.
  irq_only: hooked('	disable_irq(priv->irq);\n	del_timer_sync(&priv->timer);'),
  free_irq: hooked('	free_irq(priv->irq, priv);'),
  // 5. A flag.
  soft_flag: hooked('	priv->suspended = true;'),
  set_bit: hooked('	set_bit(ENGINE_DOWN, &priv->flags);'),
  // 6. Powers the block on.
  power_on: hooked('	pm_runtime_get_sync(&pdev->dev);'),
  // 7. PHY and regulator.
  phy_off: hooked('	phy_power_off(priv->phy);\n	regulator_disable(priv->vcc);'),
  // 12. Says something.
  // What the hook itself switched on for a moment.
  clock_pair: hooked(
    '	engine_clk_enable(priv);\n	engine_note(priv);\n	engine_clk_disable(priv);',
    `static int engine_clk_enable(struct engine *priv)\n{\n	return clk_prepare_enable(priv->clk);\n}
static void engine_clk_disable(struct engine *priv)\n{\n	clk_disable_unprepare(priv->clk);\n}
static void engine_note(struct engine *priv)\n{\n	priv->noted = true;\n}\n`,
  ),
  // Arms wake-up; the engine goes on.
  wake_up: hooked('	writel(WOL_MAGIC, priv->base + ENGINE_WOLCR);'),
  // Powers the PHY down, through the device's own registers and through MDIO; the engine goes on.
  phy_registers: hooked(
    '	writel(0, priv->base + ENGINE_PHY_PWR);\n	writel(ENGINE_SPEED_100M, priv->base + ENGINE_GHC);\n	if (engine_mdio_read(priv, 17))\n		engine_mdio_write(priv, 0, 0x800);',
    `static u32 engine_mdio_read(struct engine *priv, int reg)\n{\n	writel(reg, priv->base + ENGINE_SMI);\n	return readl(priv->base + ENGINE_SMI);\n}
static void engine_mdio_write(struct engine *priv, int reg, u16 val)\n{\n	writel(reg << 16 | val, priv->base + ENGINE_SMI);\n}\n`,
  ),
  // Notes a revision, by a wrapper of the driver's own.
  revision: hooked(
    '	engine_write64(priv, ENGINE_BLOCK_REV(3), 0);',
    'static void engine_write64(struct engine *priv, u64 offset, u64 val)\n{\n	writeq(val, priv->base + offset);\n}\n',
  ),
  // Closes the conduit of a switch: another device.
  dsa: hooked('	dsa_switch_shutdown(priv->ds);'),
  print_and_flag: hooked('	dev_info(&pdev->dev, "bye");\n	cancel_delayed_work_sync(&priv->work);'),
} as const;

const DRVDATA = '	struct engine *priv = platform_get_drvdata(pdev);\n\n';
const EMPTY = {
  nothing: hooked('').replace(`{\n${DRVDATA}`, '{\n'),
  only_print: hooked('	dev_info(&pdev->dev, "bye");').replace(`{\n${DRVDATA}	dev_info`, '{\n	dev_info'),
} as const;

const CONDITIONAL = {
  // 9. Only with a CONFIG.
  if_config: hooked(STOP, '', '#ifdef CONFIG_ENGINE_SAFE\n	.shutdown = engine_shutdown,\n#endif'),
  // The empty one stands in for the exported one of another module.
  stand_in: platform(RING, {
    before: `#if IS_ENABLED(CONFIG_ENGINE_CORE)
void engine_core_shutdown(struct platform_device *pdev);
#else
static inline void engine_core_shutdown(struct platform_device *pdev)
{
}
#endif
`,
    members: '.shutdown = engine_core_shutdown,',
  }),
  body_if_config: hooked(`#ifdef CONFIG_ENGINE_SAFE\n${STOP}\n#endif`),
} as const;

const GOOD = {
  register: hooked(STOP),
  reset_line: hooked('	reset_control_assert(priv->rst);'),
  write64: hooked(
    '	engine_write64(priv, ENGINE_CTRL, 0);',
    'static void engine_write64(struct engine *priv, u64 offset, u64 val)\n{\n	writeq(val, priv->base + offset);\n}\n',
  ),
  wrapper: hooked('	engine_halt(priv);', `static void engine_halt(struct engine *priv)\n{\n${STOP}\n}\n`),
  null_check: hooked(`	if (!priv)\n		return;\n${STOP}`),
  net: hooked(
    '	rtnl_lock();\n	netif_device_detach(priv->ndev);\n	if (netif_running(priv->ndev))\n		dev_close(priv->ndev);\n	rtnl_unlock();',
  ),
  drm: hooked('	drm_atomic_helper_shutdown(platform_get_drvdata(pdev));'),
  run_time: platform(`${RING}\n	engine_driver.shutdown = engine_stop;`, {
    before:
      'static struct platform_driver engine_driver;\nstatic void engine_stop(struct platform_device *pdev)\n{\n	writel(0, base + ENGINE_CTRL);\n}\n',
  }),
} as const;

const OTHER = {
  // 3. Dead on this bus.
  nested: hooked(STOP, '', '').replace('.name = "engine"', '.name = "engine", .shutdown = engine_shutdown'),
  // 1.1: quiesces at power-off only, never on kexec.
  power_off_only: hooked(`	if (system_state == SYSTEM_POWER_OFF)\n	${STOP}`),
  // 15. Bails out while it is in use.
  bails_out: hooked(
    `	if (atomic_read(&priv->users)) {\n		dev_alert(&pdev->dev, "busy");\n		return;\n	}\n${STOP}`,
  ),
  hc_without: platform('	usb_add_hcd(usb_create_hcd(&engine_hc, dev, "engine"), 7, 0);', {
    before:
      'static const struct hc_driver engine_hc = { .flags = HCD_USB2 | HCD_DMA, .start = engine_start };\n',
    members: '.shutdown = usb_hcd_platform_shutdown,',
  }),
  hc_with: platform('	usb_add_hcd(usb_create_hcd(&engine_hc, dev, "engine"), 7, 0);', {
    before:
      'static const struct hc_driver engine_hc = { .flags = HCD_USB2 | HCD_DMA, .start = engine_start, .shutdown = engine_halt };\n',
    members: '.shutdown = usb_hcd_platform_shutdown,',
  }),
  // 13. The hook is the glue's; the child goes on.
  glue: {
    core: hooked('', '', '').replace('engine_driver = {', 'engine_driver = { /* child */'),
    wrap: `${INCLUDES}
static int wrap_probe(struct platform_device *pdev)
{
	return of_platform_populate(pdev->dev.of_node, NULL, NULL, &pdev->dev);
}
static void wrap_shutdown(struct platform_device *pdev)
{
	clk_disable_unprepare(platform_get_drvdata(pdev));
}
static struct platform_driver wrap_driver = {
	.probe = wrap_probe,
	.shutdown = wrap_shutdown,
	.driver = { .name = "wrap" },
};
`,
  },
} as const;

/** Cards whose data the ISA DMA controller moves, which no driver stops. */
const card = (struct: string, hook: string) => `${INCLUDES}#include <linux/isa.h>
static int card_probe(struct device *dev, unsigned int n)
{
	struct card *card = dev_get_drvdata(dev);

	card->buffer = dma_alloc_coherent(dev, SZ_64K, &card->addr, GFP_KERNEL);
	return request_dma(card->channel, "card");
}
static void card_shutdown(struct device *dev, unsigned int n)
{
	disable_dma(((struct card *)dev_get_drvdata(dev))->channel);
}
static struct ${struct} card_driver = {
	.probe = card_probe,
	${hook}
};
`;

const ISA = {
  isa: card('isa_driver', ''),
  isa_with: card('isa_driver', '.shutdown = card_shutdown,'),
  pnp: card('pnp_driver', ''),
  // A controller with a driver of its own moves a USB device's data.
  usb: card('usb_driver', ''),
} as const;

describe('false friends', () => {
  let of: (name: string) => Driver[];
  const one = (name: string): Driver => {
    const drivers = of(name);
    expect(drivers, name).toHaveLength(1);
    return drivers[0]!;
  };
  beforeAll(async () => {
    of = await auditCases({
      ...NO_HOOK,
      ...INEFFECTIVE,
      ...EMPTY,
      ...CONDITIONAL,
      ...GOOD,
      ...OTHER,
      ...ISA,
    });
  });

  it.each(Object.keys(NO_HOOK))('is no hook: %s', (name) => {
    expect(one(name).hook.state).toBe('missing');
    expect(one(name).findings.map(({ rule }) => rule)).toEqual(['missing-shutdown']);
  });

  it.each(Object.keys(INEFFECTIVE))('stops nothing: %s', (name) => {
    expect(one(name).hook.state).toBe('ineffective');
    expect(one(name).findings.map(({ rule }) => rule)).toEqual(['ineffective-shutdown']);
  });

  it.each(Object.keys(EMPTY))('is empty: %s', (name) => {
    expect(one(name).hook.state).toBe('empty');
    expect(one(name).findings.map(({ rule }) => rule)).toEqual(['empty-shutdown']);
  });

  it.each(Object.keys(CONDITIONAL))('is there only sometimes: %s', (name) => {
    expect(one(name).hook.state).toBe('conditional');
    expect(one(name).findings.map(({ rule }) => rule)).toEqual(['conditional-shutdown']);
  });

  it.each(Object.keys(GOOD))('is a good hook: %s', (name) => {
    expect(one(name).hook.state).toBe('present');
    expect(one(name).findings).toEqual([]);
  });

  it('is never called: a nested .driver.shutdown on a bus that has its own', () => {
    expect(one('nested').hook.state).toBe('ignored');
    expect(one('nested').findings.map(({ rule }) => rule)).toEqual(['ignored-shutdown']);
  });

  it('does nothing on kexec: what runs at power-off only', () => {
    expect(one('power_off_only').hook.state).toBe('ineffective');
  });

  it('is no sure stop: a hook that returns while the device is in use', () => {
    expect(one('bails_out').hook.state).toBe('conditional');
  });

  it('is as good as the hc_driver that it hands over to', () => {
    expect(one('hc_with').hook.state).toBe('present');
    expect(['empty', 'ineffective']).toContain(one('hc_without').hook.state);
  });

  it('is a note where the ISA DMA controller moves the data, unless a hook stops the channel', () => {
    for (const name of ['isa', 'pnp']) {
      expect(one(name).findings).toMatchObject([{ rule: 'missing-shutdown', severity: 'note' }]);
      expect(one(name).findings[0]!.message).toContain('the ISA DMA controller, which no driver stops');
    }
    expect(one('isa_with').hook.state).toBe('present');
    expect(one('isa_with').findings).toEqual([]);
    expect(one('usb').findings).toEqual([]);
  });

  it("does not help the child: a glue driver's hook that only gates a clock", () => {
    const drivers = of('glue');
    const child = drivers.find(({ instance }) => instance === 'engine_driver')!;
    expect(drivers).toHaveLength(2);
    expect(child.quiescedBy).toEqual([]);
    expect(child.findings.map(({ rule }) => rule)).toEqual(['missing-shutdown']);
  });
});
