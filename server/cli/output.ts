/** The one place that writes standard output. Resolves when the text is handed over, so that nothing is cut at exit. */
export function print(text: string): Promise<void> {
  return new Promise((resolve) => {
    if (text === '') resolve();
    else process.stdout.write(text, () => resolve());
  });
}

/** Sets the exit code that the process will end with. */
export function setExit(code: number): void {
  process.exitCode = code;
}
