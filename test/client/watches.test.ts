import { expect, test } from 'vitest';
import { Watches } from '../../client/watches.ts';

function watches(read: (path: string) => string): { watches: Watches; notices: string[] } {
  const notices: string[] = [];
  return { notices, watches: new Watches((notice) => notices.push(notice), read) };
}

test('where few folders can be watched it is said once, and changes are looked for', () => {
  const { watches: made, notices } = watches(() => '1024\n');
  expect([made.watching, made.watching, made.watching]).toEqual(['poll', 'poll', 'poll']);
  expect(notices).toHaveLength(1);
  expect(notices[0]).toContain('1024 folders only (fs.inotify.max_user_watches)');
});

test('where many can be watched, or there is no such limit, the client watches', () => {
  for (const read of [
    () => '524288\n',
    () => 'odd',
    () => {
      throw new Error('ENOENT');
    },
  ]) {
    const { watches: made, notices } = watches(read);
    expect(made.watching).toBe('client');
    expect(notices).toEqual([]);
  }
});
