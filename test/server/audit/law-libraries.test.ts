import { beforeAll, describe, expect, it } from 'vitest';
import type { Driver } from '../../../server/audit/model.ts';
import { auditTogether, type Cases, hooked, INCLUDES, platform } from './law-cases.ts';

const CALL = (call: string): string => platform(`	return ${call};`);
const PLAYS = `static int stream_trigger(struct snd_soc_component *component, struct snd_pcm_substream *substream, int cmd)
{
	writel(substream->runtime->dma_addr, base);
	return 0;
}
`;

/** Libraries export, drivers use: each a module of its own. */
const CASES: Cases = {
  lib_ring: `${INCLUDES}
int ring_setup(struct ring *ring)
{
	ring->desc = dma_alloc_coherent(ring->dev, SZ_4K, &ring->addr, GFP_KERNEL);
	return 0;
}
EXPORT_SYMBOL_GPL(ring_setup);

int ring_ask(struct ring *ring, u32 tag)
{
	dma_addr_t addr;
	u32 *buf;

	buf = dma_alloc_coherent(ring->dev, SZ_4K, &addr, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	buf[0] = tag;
	writel(addr, ring->base);
	dma_free_coherent(ring->dev, SZ_4K, buf, addr);
	return 0;
}
EXPORT_SYMBOL_GPL(ring_ask);

int ring_by_number(int number)
{
	struct ring *ring = rings[number];

	ring->desc = dma_alloc_coherent(ring->dev, SZ_4K, &ring->addr, GFP_KERNEL);
	return 0;
}
EXPORT_SYMBOL_GPL(ring_by_number);
`,
  uses_ring: CALL('ring_setup(priv->ring)'),
  uses_transient: CALL('ring_ask(priv->ring, 1)'),
  uses_number: CALL('ring_by_number(3)'),

  // No word of DMA in it: it is found by what it calls.
  lib_second: `#include <linux/module.h>
#include <linux/platform_device.h>
int card_probe(struct platform_device *pdev)
{
	return snd_sof_device_probe(&pdev->dev, NULL);
}
EXPORT_SYMBOL_NS(card_probe, CARD);
`,
  uses_second: platform('', { members: '' }).replace('.probe = engine_probe', '.probe = card_probe'),

  lib_engine: `${INCLUDES}
int engine_register(struct engine_chip *chip)
{
	struct engine_dma *ed = devm_kzalloc(chip->dev, sizeof(*ed), GFP_KERNEL);
	struct dma_device *dma = &chip->engine->dma;

	dma->dev = chip->dev;
	return dma_async_device_register(dma);
}
EXPORT_SYMBOL_GPL(engine_register);
`,
  uses_engine: CALL('engine_register(&priv->chip)'),

  lib_stream: `${INCLUDES}
int stream_new(struct snd_soc_component *component, struct snd_soc_pcm_runtime *rtd)
{
	snd_pcm_set_managed_buffer_all(rtd->pcm, SNDRV_DMA_TYPE_DEV, component->dev, SZ_4K, SZ_64K);
	return 0;
}
EXPORT_SYMBOL_GPL(stream_new);
`,
  uses_in_ops: platform('	return snd_soc_register_component(dev, &engine_component, NULL, 0);', {
    before:
      'static const struct snd_soc_component_driver engine_component = { .pcm_construct = stream_new };\n',
  }),
  uses_to_stop: platform('	return snd_soc_register_component(dev, &engine_component, NULL, 0);', {
    before:
      'static const struct snd_soc_component_driver engine_component = { .pcm_destruct = stream_new };\n',
  }),

  lib_registers: `${INCLUDES}
static int stream_construct(struct snd_soc_component *component, struct snd_soc_pcm_runtime *rtd)
{
	struct device *dev = rtd->card->snd_card->dev;

	snd_pcm_set_managed_buffer_all(rtd->pcm, SNDRV_DMA_TYPE_DEV, dev, SZ_4K, SZ_64K);
	return 0;
}
${PLAYS}
static const struct snd_soc_component_driver stream_component = {
	.pcm_construct = stream_construct,
	.trigger = stream_trigger,
};
int stream_register(struct platform_device *pdev)
{
	return devm_snd_soc_register_component(&pdev->dev, &stream_component, NULL, 0);
}
EXPORT_SYMBOL_GPL(stream_register);
`,
  uses_registers: CALL('stream_register(pdev)'),
  lib_registers_parent: `${INCLUDES}
static int child_construct(struct snd_soc_component *component, struct snd_soc_pcm_runtime *rtd)
{
	snd_pcm_set_managed_buffer_all(rtd->pcm, SNDRV_DMA_TYPE_DEV, component->dev->parent, SZ_4K, SZ_64K);
	return 0;
}
${PLAYS}
static const struct snd_soc_component_driver child_component = {
	.pcm_construct = child_construct,
	.trigger = stream_trigger,
};
int child_register(struct device *dev)
{
	return devm_snd_soc_register_component(dev, &child_component, NULL, 0);
}
EXPORT_SYMBOL_GPL(child_register);
`,
  uses_parent: CALL('child_register(dev)'),

  lib_notifier: `${INCLUDES}
static int capture_complete(struct v4l2_async_notifier *notifier)
{
	struct capture *cap = container_of(notifier->v4l2_dev, struct capture, v4l2_dev);
	struct vb2_queue *q = &cap->queue;

	q->mem_ops = &vb2_dma_contig_memops;
	q->dev = cap->dev;
	return vb2_queue_init(q);
}
const struct v4l2_async_notifier_operations capture_ops = { .complete = capture_complete };
EXPORT_SYMBOL_GPL(capture_ops);
`,
  uses_notifier: platform('	priv->notifier.ops = &capture_ops;'),

  lib_client: `${INCLUDES}
int play_open(struct snd_pcm_substream *substream)
{
	return snd_dmaengine_pcm_open(substream, NULL);
}
EXPORT_SYMBOL(play_open);
int play_prealloc(struct snd_card *card, struct snd_pcm *pcm)
{
	snd_pcm_set_managed_buffer_all(pcm, SNDRV_DMA_TYPE_DEV, card->dev, SZ_4K, SZ_64K);
	return 0;
}
EXPORT_SYMBOL(play_prealloc);
`,
  uses_client: platform('	play_open(priv->substream);\n	return play_prealloc(priv->card, priv->pcm);'),

  lib_optional: `${INCLUDES}
int fifo_init(struct fifo *fifo)
{
	fifo->buf = dma_alloc_coherent(fifo->dev, SZ_4K, &fifo->addr, GFP_KERNEL);
	return 0;
}
EXPORT_SYMBOL_GPL(fifo_init);
`,
  uses_optional: {
    optional: CALL('fifo_init(priv->fifo)').replace(INCLUDES, `${INCLUDES}#include "fifo.h"\n`),
    'fifo.h': `#ifndef FIFO_H
#define FIFO_H
struct fifo;
#ifdef CONFIG_FIFO
int fifo_init(struct fifo *fifo);
#else
static inline int fifo_init(struct fifo *fifo) { return 0; }
#endif
#endif
`,
  },

  queue: platform('	scsi_add_host(priv->shost, dev);\n	priv->shost->hostt = &engine_template;', {
    before: `static int engine_queue_lck(struct scsi_cmnd *cmd)
{
	return scsi_dma_map(cmd);
}
static DEF_SCSI_QCMD(engine_queue)
static struct scsi_host_template engine_template = { .queuecommand = engine_queue };
`,
  }),

  adapter_core: hooked('	writel(0, priv->base + ENGINE_CTRL);\n	dmaengine_terminate_sync(priv->chan);'),
  adapter_port: `${INCLUDES}#define ADAPTER_NAME "adapter_core"
static int port_probe(struct auxiliary_device *adev, const struct auxiliary_device_id *id)
{
	struct port *port = dev_get_drvdata(&adev->dev);

	port->ring = dma_alloc_coherent(&adev->dev, SZ_4K, &port->addr, GFP_KERNEL);
	return 0;
}
static const struct auxiliary_device_id port_ids[] = {
	{ .name = ADAPTER_NAME ".port", },
	{},
};
static struct auxiliary_driver port_driver = {
	.name = "port",
	.probe = port_probe,
	.id_table = port_ids,
};
module_auxiliary_driver(port_driver);
`,
};

describe('libraries of the tree', () => {
  let of: (name: string) => Driver[];
  const one = (name: string): Driver => {
    const drivers = of(name);
    expect(drivers, name).toHaveLength(1);
    return drivers[0]!;
  };
  const rules = (name: string): string[] =>
    one(name).findings.map(({ rule, severity }) => `${rule} ${severity}`);
  beforeAll(async () => {
    of = await auditTogether(CASES);
  });

  it('do DMA for whoever hands them a device', () => {
    expect(one('uses_ring').dma).toMatchObject({ class: 'library', evidence: [{ api: 'ring_setup' }] });
  });

  it('do none that lasts with a buffer that they free before they return', () => {
    expect(one('uses_transient').dma.class).toBe('none');
  });

  it('do it on a device that a pointer leads to: a number is the name of somebody else’s', () => {
    expect(one('uses_number').dma.class).toBe('none');
  });

  it('are found behind libraries that have no word of DMA in them', () => {
    expect(one('uses_second').dma).toMatchObject({ class: 'library', kind: 'autonomous' });
    expect(rules('uses_second')).toEqual(['missing-shutdown warning']);
  });

  it('may provide a DMA engine', () => {
    expect(one('uses_engine').dma).toMatchObject({ class: 'library', kind: 'autonomous' });
  });

  it('are called where the driver’s ops name them in a member that starts something', () => {
    expect(one('uses_in_ops').dma).toMatchObject({ class: 'library', evidence: [{ api: 'stream_new' }] });
    expect(one('uses_to_stop').dma.class).toBe('none');
  });

  it('do what they register with a framework on the device that they are handed', () => {
    expect(one('uses_registers').dma).toMatchObject({ class: 'library', kind: 'autonomous' });
    expect(rules('uses_registers')).toEqual(['missing-shutdown warning']);
    expect(one('uses_parent').dma.class).toBe('none');
  });

  it('do what the functions of their ops tables set up', () => {
    expect(one('uses_notifier').dma).toMatchObject({ class: 'library', evidence: [{ api: 'capture_ops' }] });
  });

  it('that ask a DMA engine make their users clients', () => {
    expect(one('uses_client').dma.class).toBe('client');
    expect(one('uses_client').findings).toEqual([]);
  });

  it('are not hidden by the empty inline of a header for when they are not built', () => {
    expect(one('uses_optional').dma).toMatchObject({ class: 'library', evidence: [{ api: 'fifo_init' }] });
  });

  it('include macros that define a function around the driver’s', () => {
    expect(one('queue').dma.evidence[0]).toMatchObject({
      api: 'scsi_dma_map',
      path: ['engine_probe', 'engine_template', 'engine_queue', 'engine_queue_lck'],
    });
  });

  it('stop auxiliary devices whose id names them by a macro', () => {
    expect(one('adapter_port').quiescedBy).toMatchObject([{ kind: 'parent' }]);
    expect(one('adapter_port').findings).toEqual([]);
  });
});
