import {
  type Connection,
  createConnection,
  type InitializeParams,
  type InitializeResult,
  PositionEncodingKind,
  ProposedFeatures,
  TextDocumentSyncKind,
} from 'vscode-languageserver/node.js';
import { LiveWorkspace } from '../project/live.ts';
import { TOOL_VERSION } from '../project/version.ts';
import { openCache } from '../tree/cache/index.ts';
import { BackgroundIndex } from './background-index.ts';
import { registerCodeActions } from './code-actions.ts';
import { registerCodeLens } from './code-lens.ts';
import { registerCommands, SERVER_COMMANDS } from './commands.ts';
import { registerCompletion } from './completion.ts';
import { LiveConfig } from './config.ts';
import { registerDocuments } from './documents.ts';
import { registerDrivers } from './drivers.ts';
import { registerHover } from './hover.ts';
import { negotiate } from './position.ts';
import { registerPull } from './pull.ts';
import { registerPush } from './push.ts';
import { Scheduler } from './schedule.ts';
import { pathOf, type Session } from './session.ts';
import { DEFAULTS, mergeSettings } from './settings.ts';
import { startQuickly } from './start.ts';
import { registerWatch } from './watch.ts';

/** How long the background index waits, so that open files come first. */
const INDEX_DELAY_MS = 700;

/**
 * Runs the language server on a connection until the client says `exit` or goes away.
 * @param connection made from standard input and output, or node's IPC
 */
export function runServer(connection: Connection): void {
  let close: (() => Promise<void>) | undefined;
  let ready: ((session: Session) => void) | undefined;
  let session: Session | undefined;
  const settle = startQuickly();

  connection.onInitialize(async (params): Promise<InitializeResult> => {
    const started = await start(connection, params);
    session = started.session;
    session.onGlanced.push(async () => settle());
    session.onJudged.push(settle);
    close = started.close;
    ready = started.ready;
    return capabilitiesOf(started.session, params);
  });
  connection.onInitialized(() => {
    if (session) ready?.(session);
  });
  connection.onShutdown(async () => {
    await close?.();
    close = undefined;
  });
  connection.onExit(() => process.exit());
  connection.listen();
}

function foldersOf(params: InitializeParams): string[] {
  const uris = params.workspaceFolders?.map(({ uri }) => uri) ?? (params.rootUri ? [params.rootUri] : []);
  return uris.map(pathOf).filter((path): path is string => path !== undefined);
}

async function start(
  connection: Connection,
  params: InitializeParams,
): Promise<{ session: Session; close: () => Promise<void>; ready: (session: Session) => void }> {
  const settings = mergeSettings(DEFAULTS, params.initializationOptions);
  const config = new LiveConfig(connection);
  const live = await LiveWorkspace.create({
    openCache: () => openCache(TOOL_VERSION, 'auto'),
    config: config.store,
    known: config.known,
    ...(settings.kernelTree ? { tree: settings.kernelTree } : {}),
    ...(settings.kernelVersion ? { version: settings.kernelVersion } : {}),
  });
  const session: Session = {
    connection,
    live,
    encoding: negotiate(params.capabilities.general?.positionEncodings),
    capabilities: params.capabilities,
    folders: foldersOf(params),
    settings,
    documents: new Map(),
    onJudged: [],
    onGlanced: [],
    firstKnown: (path) => {
      if (!live.openFile(path)) scheduler.touch(path);
      return scheduler.first(path);
    },
    judged: (path) => {
      if (!live.openFile(path)) scheduler.touch(path);
      return scheduler.upToDate(path);
    },
    rejudge: (path) => scheduler.touch(path),
    config,
    configChanged: () => {
      config.forget();
      live.reconfigure();
      for (const path of live.openPaths) scheduler.touch(path);
      if (session.settings.backgroundIndex) void index.start();
    },
    reindex: () => void index.start(),
  };
  const scheduler = new Scheduler(session);
  const index = new BackgroundIndex(
    session,
    (state) => void connection.sendNotification('quiesce/index', state),
  );
  registerDocuments(session, {
    changed: ({ path }) => scheduler.touch(path),
    saved: ({ path }) => scheduler.settle(path),
    closed: ({ path, uri }) => {
      scheduler.drop(path);
      if (!pulls(session)) void connection.sendDiagnostics({ uri, diagnostics: [] });
    },
  });
  if (pulls(session)) registerPull(session);
  else registerPush(session);
  registerHover(session);
  registerCodeLens(session);
  registerCodeActions(session);
  registerCompletion(session);
  registerCommands(session);
  registerDrivers(session);
  connection.onDidChangeConfiguration(({ settings: given }) => {
    const own = (given as { quiesce?: unknown } | null)?.quiesce;
    session.settings = mergeSettings(session.settings, own);
  });
  let watch: { stop(): void } | undefined;
  let timer: NodeJS.Timeout | undefined;
  return {
    session,
    ready: () => {
      watch = registerWatch(session);
      if (params.capabilities.workspace?.workspaceFolders) watchFolders(session, index);
      if (session.settings.backgroundIndex) timer = setTimeout(() => void index.start(), INDEX_DELAY_MS);
    },
    close: async () => {
      clearTimeout(timer);
      watch?.stop();
      index.stop();
      scheduler.dispose();
      await live.dispose();
    },
  };
}

function watchFolders(session: Session, index: BackgroundIndex): void {
  session.connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
    const gone = new Set(removed.map(({ uri }) => pathOf(uri)));
    const more = added.map(({ uri }) => pathOf(uri)).filter((path): path is string => path !== undefined);
    session.folders = [...session.folders.filter((path) => !gone.has(path)), ...more];
    session.live.forgetRoots();
    if (session.settings.backgroundIndex) void index.start();
  });
}

/** True when the client asks for diagnostics instead of being sent them. */
function pulls({ settings, capabilities }: Session): boolean {
  if (settings.diagnostics !== 'auto') return settings.diagnostics === 'pull';
  return capabilities.textDocument?.diagnostic !== undefined;
}

function capabilitiesOf(session: Session, { capabilities }: InitializeParams): InitializeResult {
  return {
    serverInfo: { name: 'quiesce', version: TOOL_VERSION },
    capabilities: {
      positionEncoding: session.encoding === 'utf-16' ? PositionEncodingKind.UTF16 : session.encoding,
      textDocumentSync: {
        openClose: true,
        change: TextDocumentSyncKind.Incremental,
        save: { includeText: false },
      },
      hoverProvider: true,
      codeLensProvider: { resolveProvider: false },
      codeActionProvider: {
        codeActionKinds: ['quickfix', 'source'],
        resolveProvider: capabilities.textDocument?.codeAction?.resolveSupport !== undefined,
      },
      completionProvider: { triggerCharacters: [' '] },
      executeCommandProvider: { commands: [...SERVER_COMMANDS] },
      ...(pulls(session)
        ? { diagnosticProvider: { interFileDependencies: true, workspaceDiagnostics: true } }
        : {}),
      workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
    },
  };
}

/** The server over the channel that the command line names: `--stdio` or `--node-ipc`. */
export function connect(): Connection {
  return createConnection(ProposedFeatures.all);
}
