export { type CacheOptions, FactCache } from './cache.ts';
export { openCache } from './open.ts';
export { type Key, keyOf } from './pack.ts';
export { cacheFolder, codeName } from './place.ts';
export { answerTexts, runCached, type Spread } from './run.ts';
