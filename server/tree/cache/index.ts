export { type CacheOptions, FactCache } from './cache.ts';
export { type Key, keyOf } from './key.ts';
export { openCache } from './open.ts';
export { cacheFolder, codeName } from './place.ts';
export { answerTexts, runCached, type Spread } from './run.ts';
