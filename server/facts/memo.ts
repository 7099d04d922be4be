import { type BodyContext, type BodyFacts, scanBody } from './body.ts';
import { moved } from './move.ts';

interface Known {
  readonly line: number;
  readonly facts: BodyFacts;
}

/**
 * Reads bodies as `scanBody` does and remembers them by their text: in an editor all functions but one are the same
 * from one keystroke to the next, at most some lines further down.
 */
export class BodyMemo {
  private now = new Map<string, Known>();
  private before = new Map<string, Known>();

  /** Starts on a new text of the file: what the text before last had, and the last has not, is forgotten. */
  turn(): void {
    this.before = this.now;
    this.now = new Map();
  }

  /** As `scanBody`. */
  readonly read: typeof scanBody = (context, start, end, owner, params) => {
    // Directives inside the body are blank in its text: not told by it.
    if (hasDirective(context, start, end)) return scanBody(context, start, end, owner, params);
    const { line, column } = context.lines.at(start);
    const head = `${owner}(${params.map((param) => `${param.type} ${param.name}`).join()})${column}`;
    const key = head + (namesDevices(context, start, end) ?? context.plain.slice(start, end));
    const known = this.now.get(key) ?? this.before.get(key);
    const facts = known
      ? movedBody(known.facts, line - known.line)
      : scanBody(context, start, end, owner, params);
    this.now.set(key, { line, facts });
    return facts;
  };
}

/** The text as written of a body whose literals are facts. */
function namesDevices({ plain, text }: BodyContext, start: number, end: number): string | undefined {
  return plain.slice(start, end).includes('platform_device_') ? text?.slice(start, end) : undefined;
}

function hasDirective({ regions }: BodyContext, start: number, end: number): boolean {
  for (const region of regions) {
    if (region.start >= end) break;
    if (region.start >= start || (region.end > start && region.end < end)) return true;
  }
  return false;
}

function movedBody(facts: BodyFacts, by: number): BodyFacts {
  if (by === 0) return facts;
  return {
    ...facts,
    calls: moved(facts.calls, by),
    refs: moved(facts.refs, by),
    flows: moved(facts.flows, by),
    hookAssignments: moved(facts.hookAssignments, by),
  };
}
