const WRONG = 'EVIDENCE_WRONG'

/** The error of an evidence file of which something is wrong: the first of it, by its place. */
export const wrongFile = (what: string): Error => Object.assign(new Error(what), { code: WRONG })

export const isWrongFile = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && error.code === WRONG
