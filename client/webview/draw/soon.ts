/** Drawings that wait: each gets a task of its own, so that none of them keeps a key or a pointer waiting for all. */
const waiting = new Set<() => void>();
let isArmed = false;

/** Draws soon, after what was asked for before. @returns takes it back, when it was not drawn yet */
export function drawSoon(draw: () => void): () => void {
  waiting.add(draw);
  arm();
  return () => {
    waiting.delete(draw);
  };
}

function arm(): void {
  if (isArmed || waiting.size === 0) return;
  isArmed = true;
  setTimeout(() => {
    isArmed = false;
    const [next] = waiting;
    if (!next) return;
    waiting.delete(next);
    arm();
    next();
  });
}
