import { beforeAll, describe, expect, it } from 'vitest';
import type { Driver } from '../../../server/audit/model.ts';
import { auditCases, type Cases, platform } from './law-cases.ts';

/** What binds a driver to a device, and what its probe cannot do without. */
const CASES: Cases = {
  idle: platform('	return idle_init(drv);', {
    before: `static int idle_init(struct cpuidle_driver *drv)
{
	int ret = dt_init_idle_driver(drv, idle_states, 1);

	return ret <= 0 ? -ENODEV : 0;
}
`,
  }),
  plain: platform('	return 0;'),
  net: `#include <linux/virtio.h>
static const struct virtio_device_id net_ids[] = {
	{ VIRTIO_ID_NET, VIRTIO_DEV_ANY_ID },
	{ 0 },
};
static struct virtio_driver net_driver = {
	.driver.name = "toy_net",
	.id_table = net_ids,
	.probe = net_probe,
};
`,
  hub: `#include <linux/usb.h>
static const struct usb_device_id hub_ids[] = {
	{ .match_flags = USB_DEVICE_ID_MATCH_INT_CLASS, .bInterfaceClass = USB_CLASS_HUB },
	{ USB_DEVICE(0x1234, 0x5678) },
	{ }
};
static struct usb_driver hub_driver = {
	.name = "toy_hub",
	.id_table = hub_ids,
	.probe = hub_probe,
};
`,
};

describe('what binds a driver', () => {
  let of: (name: string) => Driver[];
  beforeAll(async () => {
    of = await auditCases(CASES);
  });

  it('has the properties that its probe needs', () => {
    expect(of('idle')[0]!.needs).toEqual(['cpu-idle-states']);
    expect(of('plain')[0]).not.toHaveProperty('needs');
  });

  it('has the ids of virtio and USB tables', () => {
    expect(of('net')[0]!.match.virtio).toEqual(['VIRTIO_ID_NET']);
    expect(of('hub')[0]!.match.usb).toEqual(['class:USB_CLASS_HUB', 'USB_DEVICE(0x1234,0x5678)']);
    expect(of('plain')[0]!.match).not.toHaveProperty('virtio');
  });
});
