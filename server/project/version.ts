import manifest from '../../package.json' with { type: 'json' };

/** The tool's version, from the manifest. */
export const TOOL_VERSION: string = manifest.version;
