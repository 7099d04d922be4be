// Drivers on a platform, AMBA or auxiliary bus whose own file does DMA and whose driver struct has no .shutdown.
//
//     spatch --sp-file missing-shutdown.cocci --very-quiet --dir drivers/dma -j 2
//
// For those who have Coccinelle and no Node. It is as much of quiesce's missing-shutdown as one file can tell. It does not see
//   - DMA in another file of the module, in a header or through a library (usb_create_hcd, alloc_etherdev, ...),
//   - whose device the DMA is done on, and who else stops it: a parent, a notifier, the core,
//   - drivers in an array, in a bigger struct or declared by a macro,
//   - what a hook does: one that is empty, conditional or never called passes,
//   - PCI and other buses, and quiesce-ignore comments.
// Confidence: low.

@dma@
@@
(
dma_alloc_coherent(...)
|
dmam_alloc_coherent(...)
|
dma_alloc_wc(...)
|
dma_alloc_noncoherent(...)
|
dma_alloc_attrs(...)
|
dma_pool_create(...)
|
dmam_pool_create(...)
|
dma_map_single(...)
|
dma_map_page(...)
|
dma_map_sg(...)
|
dma_map_sgtable(...)
|
dma_map_resource(...)
|
dma_async_device_register(...)
|
dmaenginem_async_device_register(...)
)

@hooked@
identifier driver;
expression hook;
position p;
@@
(
struct platform_driver driver@p = { .shutdown = hook, };
|
struct amba_driver driver@p = { .shutdown = hook, };
|
struct auxiliary_driver driver@p = { .shutdown = hook, };
)

@assigned@
identifier driver;
expression hook;
@@
driver.shutdown = hook;

@late@
identifier assigned.driver;
position p;
@@
(
struct platform_driver driver@p = { ... };
|
struct amba_driver driver@p = { ... };
|
struct auxiliary_driver driver@p = { ... };
)

@bare depends on dma@
identifier driver;
position p != {hooked.p, late.p};
@@
(
* struct platform_driver driver@p = { ... };
|
* struct amba_driver driver@p = { ... };
|
* struct auxiliary_driver driver@p = { ... };
)
