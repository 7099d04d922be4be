export { onDisk } from './disk.ts';
export { anyOf, configsHold } from './guards.ts';
export { type IncludeReader, withIncludedSources } from './included.ts';
export { parseKbuild } from './parser.ts';
export { resolveInclude } from './resolve.ts';
export type {
  Assignment,
  Conditional,
  ConditionTest,
  Define,
  Expression,
  Include,
  KbuildFile,
  KbuildModule,
  ModuleMap,
  ReadModulesOptions,
  Statement,
  UnresolvedWord,
} from './types.ts';
export { readModules } from './walk.ts';
