// Drivers on a platform, AMBA or auxiliary bus whose own file does DMA and whose driver struct has no .shutdown.
//
//     spatch --sp-file missing-shutdown.cocci --very-quiet --dir drivers/dma -j 2
//
// For those who have Coccinelle and no Node. It is as much of quiesce's missing-shutdown as one file can tell: DMA in
// another file of the module, through a library or on somebody else's device it cannot see, nor who else stops the
// device. Confidence: low.

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
|
struct platform_driver driver@p = { .driver = { .shutdown = hook, }, };
)

@bare depends on dma@
identifier driver;
position p != hooked.p;
@@
(
* struct platform_driver driver@p = { ... };
|
* struct amba_driver driver@p = { ... };
|
* struct auxiliary_driver driver@p = { ... };
)
