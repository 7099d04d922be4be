import type { Member } from './types.ts';

/** Groups an array's members by element: `[0]` to its members without that prefix. */
export function byElement(members: readonly Member[]): Map<string, Member[]> {
  const groups = new Map<string, Member[]>();
  for (const member of members) {
    const match = /^(\[\w+\])\.?(.*)$/.exec(member.path);
    if (!match) continue;
    const group = groups.get(match[1]!) ?? [];
    if (match[2]) group.push({ ...member, path: match[2] });
    groups.set(match[1]!, group);
  }
  for (const [element, group] of groups) if (group.length === 0) groups.delete(element);
  return groups;
}
