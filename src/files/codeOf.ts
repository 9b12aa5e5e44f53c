/** What the operating system, Node or SQLite call an error: `ENOSPC`, `SQLITE_FULL`; `null` of any other. */
export const codeOf = (error: unknown): string | null =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
