/** The one place that writes standard output. Resolves when the text is handed over, so that nothing is cut at exit. */
export function print(text: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (text.length === 0) resolve();
    else process.stdout.write(text, () => resolve());
  });
}

/** Sets the exit code that the process will end with. */
export function setExit(code: number): void {
  process.exitCode = code;
}
