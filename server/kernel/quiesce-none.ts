import { quiesce, quiescePattern } from './quiesce-row.ts';
import type { QuiesceRow } from './types.ts';

const RPM = 'include/linux/pm_runtime.h';
const IRQ = 'kernel/irq/manage.c';
const WQ = 'kernel/workqueue.c';
const NET_H = 'include/linux/netdevice.h';
const GPIO = 'drivers/gpio/gpiolib.c';

/**
 * Calls that a hook may consist of without stopping any DMA. Level 1 is soft: interrupts, queues, flags, links, PHYs
 * or the CPU's own work stop, the engine does not. Level 0 has nothing to do with it.
 */
// biome-ignore format: one row a line
export const NO_STOP: readonly QuiesceRow[] = [
  // Interrupts.
  quiesce('devm_free_irq', 1, 'frees the interrupt', 'kernel/irq/devres.c'),
  quiesce('disable_irq', 1, 'disables the interrupt', IRQ),
  quiesce('disable_irq_nosync', 1, 'disables the interrupt', IRQ),
  quiesce('disable_irq_wake', 0, 'changes a wake-up setting', 'include/linux/interrupt.h'),
  quiesce('enable_irq_wake', 0, 'changes a wake-up setting', 'include/linux/interrupt.h'),
  quiesce('free_irq', 1, 'frees the interrupt', IRQ),
  quiesce('irq_set_affinity_hint', 0, 'changes a hint', 'include/linux/interrupt.h'),
  quiesce('irq_work_sync', 1, "waits for the CPU's own work", 'kernel/irq_work.c'),
  quiesce('pci_disable_msi', 1, 'disables the interrupts', 'drivers/pci/msi/api.c'),
  quiesce('pci_disable_msix', 1, 'disables the interrupts', 'drivers/pci/msi/api.c'),
  quiesce('pci_free_irq_vectors', 1, 'frees the interrupts', 'drivers/pci/msi/api.c'),
  quiesce('synchronize_irq', 0, 'waits for a running handler', IRQ),

  // The CPU's own work.
  quiesce('cancel_delayed_work', 1, "ends the CPU's own work", WQ),
  quiesce('cancel_delayed_work_sync', 1, "ends the CPU's own work", WQ),
  quiesce('cancel_work', 1, "ends the CPU's own work", WQ, { from: '6.1' }),
  quiesce('cancel_work_sync', 1, "ends the CPU's own work", WQ),
  quiesce('complete', 0, 'wakes a waiter', 'kernel/sched/completion.c'),
  quiesce('del_timer', 1, 'ends a timer of the CPU', 'include/linux/timer.h', { before: '6.15' }),
  quiesce('del_timer_sync', 1, 'ends a timer of the CPU', 'include/linux/timer.h', { before: '6.15' }),
  quiesce('destroy_workqueue', 1, "ends the CPU's own work", WQ),
  quiesce('drain_workqueue', 1, "waits for the CPU's own work", WQ),
  quiesce('flush_work', 0, "waits for the CPU's own work", WQ),
  quiesce('hrtimer_cancel', 1, 'ends a timer of the CPU', 'kernel/time/hrtimer.c'),
  quiesce('kthread_park', 1, 'parks a kernel thread', 'kernel/kthread.c'),
  quiesce('kthread_stop', 1, 'ends a kernel thread', 'kernel/kthread.c'),
  quiesce('tasklet_disable', 1, 'keeps a tasklet from running', 'include/linux/interrupt.h'),
  quiesce('tasklet_kill', 1, 'ends a tasklet', 'kernel/softirq.c'),
  quiesce('timer_delete', 1, 'ends a timer of the CPU', 'kernel/time/timer.c', { from: '6.1' }),
  quiesce('timer_delete_sync', 1, 'ends a timer of the CPU', 'kernel/time/timer.c', { from: '6.1' }),
  quiesce('timer_shutdown_sync', 1, 'ends a timer of the CPU', 'kernel/time/timer.c', { from: '6.1' }),
  quiesce('wait_for_completion', 0, 'waits', 'kernel/sched/completion.c'),
  quiesce('wait_for_completion_timeout', 0, 'waits', 'kernel/sched/completion.c'),
  quiesce('wake_up', 0, 'wakes a waiter', 'include/linux/wait.h'),

  // Network: no new packets from above; the receive ring goes on.
  quiesce('dsa_switch_shutdown', 1, "closes the switch's conduit, which is another device, and detaches its ports", 'net/dsa/dsa.c'),
  quiesce('ieee80211_stop_queues', 1, 'keeps new packets from above out', 'net/mac80211/util.c'),
  quiesce('napi_disable', 1, "ends the CPU's polling", 'net/core/dev.c'),
  quiesce('netif_carrier_off', 1, 'says that the link is down', 'net/sched/sch_generic.c'),
  quiesce('netif_device_detach', 1, 'keeps new packets from above out', 'net/core/dev.c'),
  quiesce('netif_stop_queue', 1, 'keeps new packets from above out', NET_H),
  quiesce('netif_tx_disable', 1, 'keeps new packets from above out', NET_H),
  quiesce('netif_tx_stop_all_queues', 1, 'keeps new packets from above out', 'net/core/dev.c'),
  quiesce('phy_disconnect', 1, 'takes the link down; the MAC goes on', 'drivers/net/phy/phy_device.c'),
  quiesce('phy_stop', 1, 'takes the link down; the MAC goes on', 'drivers/net/phy/phy.c'),
  quiesce('phylink_disconnect_phy', 1, 'takes the link down; the MAC goes on', 'drivers/net/phy/phylink.c'),
  quiesce('phylink_stop', 1, 'takes the link down; the MAC goes on', 'drivers/net/phy/phylink.c'),

  // Runtime PM: reference counts, or the opposite of stopping.
  quiesce('pm_runtime_barrier', 0, 'waits for pending requests', 'drivers/base/power/runtime.c'),
  quiesce('pm_runtime_disable', 0, 'keeps runtime PM from acting', RPM),
  quiesce('pm_runtime_dont_use_autosuspend', 0, 'changes a setting', RPM),
  quiesce('pm_runtime_get', 0, 'powers the device on', RPM),
  quiesce('pm_runtime_get_noresume', 0, 'counts a reference', RPM),
  quiesce('pm_runtime_get_sync', 0, 'powers the device on', RPM),
  quiesce('pm_runtime_put', 1, 'drops a reference: during shutdown the core holds one', RPM),
  quiesce('pm_runtime_put_autosuspend', 1, 'drops a reference: during shutdown the core holds one', RPM),
  quiesce('pm_runtime_put_noidle', 0, 'drops a reference', RPM),
  quiesce('pm_runtime_put_sync', 1, 'drops a reference: during shutdown the core holds one', RPM),
  quiesce('pm_runtime_resume_and_get', 0, 'powers the device on', RPM),

  // Power of something else, pins, links.
  quiesce('ahci_platform_suspend_host', 1, 'disables the interrupts and marks the host suspended', 'drivers/ata/libahci_platform.c'),
  quiesce('ata_host_suspend', 0, 'marks the host suspended', 'drivers/ata/libata-core.c'),
  quiesce('ata_port_freeze', 1, "disables the port's interrupts", 'drivers/ata/libata-eh.c'),
  quiesce('clk_unprepare', 1, 'drops a reference of the clock', 'drivers/clk/clk.c'),
  quiesce('drm_kms_helper_poll_disable', 1, 'stops polling for displays', 'drivers/gpu/drm/drm_probe_helper.c'),
  quiesce('drm_kms_helper_poll_fini', 1, 'stops polling for displays', 'drivers/gpu/drm/drm_probe_helper.c'),
  quiesce('drm_dev_unplug', 1, 'keeps user space out; scan-out goes on', 'drivers/gpu/drm/drm_drv.c'),
  quiesce('drm_dev_unregister', 1, 'keeps user space out; scan-out goes on', 'drivers/gpu/drm/drm_drv.c'),
  quiesce('drm_panel_disable', 1, 'disables the panel, not what feeds it', 'drivers/gpu/drm/drm_panel.c'),
  quiesce('drm_panel_unprepare', 1, 'powers the panel off, not what feeds it', 'drivers/gpu/drm/drm_panel.c'),
  quiesce('fb_set_suspend', 1, 'tells the console; scan-out goes on', 'drivers/video/fbdev/core/fbmem.c'),
  quiesce('gpiod_set_value', 1, 'sets a pin', GPIO),
  quiesce('gpiod_set_value_cansleep', 1, 'sets a pin', GPIO),
  quiesce('i2c_mark_adapter_suspended', 1, 'keeps new transfers out; the running one goes on', 'include/linux/i2c.h'),
  quiesce('icc_bulk_disable', 1, 'drops a request for bandwidth', 'drivers/interconnect/bulk.c'),
  quiesce('icc_disable', 1, 'drops a request for bandwidth', 'drivers/interconnect/core.c'),
  quiesce('input_unregister_device', 1, 'removes the input device', 'drivers/input/input.c'),
  quiesce('misc_deregister', 1, 'keeps user space out', 'drivers/char/misc.c'),
  quiesce('phy_exit', 1, 'stops the PHY, not the controller', 'drivers/phy/phy-core.c'),
  quiesce('phy_power_off', 1, 'powers the PHY off, not the controller', 'drivers/phy/phy-core.c'),
  quiesce('pinctrl_pm_select_sleep_state', 1, 'changes the pins', 'drivers/pinctrl/core.c'),
  quiesce('pinctrl_select_state', 1, 'changes the pins', 'drivers/pinctrl/core.c'),
  quiesce('pwm_disable', 1, 'stops a PWM', 'include/linux/pwm.h'),
  quiesce('regulator_disable', 1, 'drops a request for a supply, often that of a PHY or panel', 'drivers/regulator/core.c'),
  quiesce('rtw89_pci_shutdown', 1, 'sets a flag', 'drivers/net/wireless/realtek/rtw89/pci.c', { from: '6.12' }),
  quiesce('snd_soc_poweroff', 1, 'powers the analogue paths down; the streams go on', 'sound/soc/soc-core.c'),
  quiesce('usb_kill_urb', 1, 'ends a request of the USB device, which is no master', 'drivers/usb/core/urb.c'),
  quiesce('usb_phy_shutdown', 1, 'stops the PHY, not the controller', 'include/linux/usb/phy.h'),
  quiesce('usb_poison_urb', 1, 'ends a request of the USB device, which is no master', 'drivers/usb/core/urb.c'),
  quiesce('v4l2_device_unregister', 1, 'keeps user space out; a running stream goes on', 'drivers/media/v4l2-core/v4l2-device.c'),
  quiesce('v4l2_m2m_release', 1, 'frees the queue of jobs', 'drivers/media/v4l2-core/v4l2-mem2mem.c'),
  quiesce('video_unregister_device', 1, 'keeps user space out; a running stream goes on', 'drivers/media/v4l2-core/v4l2-dev.c'),
  quiesce('watchdog_unregister_device', 0, 'removes the watchdog device', 'drivers/watchdog/watchdog_core.c'),
  quiesce('pci_wake_from_d3', 0, 'changes a wake-up setting', 'drivers/pci/pci.c'),
  quiesce('pci_save_state', 0, 'saves the configuration space', 'drivers/pci/pci.c'),
  quiesce('pci_release_regions', 0, 'gives up the address ranges', 'drivers/pci/pci.c'),
  quiesce('device_init_wakeup', 0, 'changes a wake-up setting', 'include/linux/pm_wakeup.h'),
  quiesce('device_set_wakeup_enable', 0, 'changes a wake-up setting', 'drivers/base/power/wakeup.c'),
  quiesce('reset_control_deassert', 0, 'takes the block out of reset', 'drivers/reset/core.c'),
  quiesce('reset_control_rearm', 0, 'lets the line be triggered again', 'drivers/reset/core.c'),

  // Memory, locks, messages.
  quiesce('dma_free_coherent', 0, 'frees memory that the device may still use', 'include/linux/dma-mapping.h'),
  quiesce('dma_unmap_single', 0, 'unmaps memory that the device may still use', 'include/linux/dma-mapping.h'),
  quiesce('dump_stack', 0, 'logs', 'lib/dump_stack.c'),
  quiesce('kfree', 0, 'frees memory', 'mm/slub.c'),
  quiesce('page_pool_destroy', 0, 'frees pages that the device may still use', 'net/core/page_pool.c'),
  quiesce('rtnl_lock', 0, 'takes a lock', 'net/core/rtnetlink.c'),
  quiesce('rtnl_unlock', 0, 'drops a lock', 'net/core/rtnetlink.c'),
  quiescePattern('(dev|netdev|netif|drm|pci|wiphy|usb|ibdev|hid|v4l2|shost|sdev|mtd)_(emerg|alert|crit|err|error|warn|warning|notice|info|dbg|debug|printk)(_once|_ratelimited|_driver|_kms)?', 0, 'logs', 'include/linux/dev_printk.h', 'dev_info'),
  quiescePattern('pr_(emerg|alert|crit|err|warn|notice|info|cont|debug|devel)(_once|_ratelimited)?', 0, 'logs', 'include/linux/printk.h', 'pr_info'),
  quiescePattern('printk(_once|_ratelimited|_deferred)?', 0, 'logs', 'include/linux/printk.h', 'printk'),
  quiescePattern('WARN(_ON|_ONCE|_ON_ONCE|_TAINT)?', 0, 'logs', 'include/asm-generic/bug.h', 'WARN_ON'),
  quiescePattern('(dev_get|dev_set|platform_get|platform_set|pci_get|pci_set|amba_get|amba_set|auxiliary_get|auxiliary_set|spi_get|spi_set|i2c_get|i2c_set)_?(drv|client)?data', 0, 'reads or writes a pointer', 'include/linux/device.h', 'dev_get_drvdata'),
  quiescePattern('(spin|raw_spin|read|write)_(un)?lock(_irq|_bh|_irqsave|_irqrestore)?', 0, 'takes or drops a lock', 'include/linux/spinlock.h', 'spin_lock'),
  quiescePattern('mutex_(un)?lock(_interruptible|_nested)?', 0, 'takes or drops a lock', 'include/linux/mutex.h', 'mutex_lock'),
  quiescePattern('(u|m|n|f)delay|f?usleep(_range)?|fsleep|msleep(_interruptible)?|usleep_range_state', 0, 'waits', 'include/linux/delay.h', 'usleep_range'),
];
