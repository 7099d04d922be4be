declare module 'quiesce:worker' {
  /** The text of `sim/worker.ts`, bundled. */
  const text: string;
  export default text;
}
