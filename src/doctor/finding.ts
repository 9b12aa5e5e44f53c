/** What was found of one thing that was looked at. A `fault` is to be mended; a `warning` somebody should have decided. */
export interface Finding {
  readonly verdict: 'ok' | 'warning' | 'fault'
  /** What was looked at. */
  readonly of: string
  /** One sentence for a person. */
  readonly says: string
}

export const ok = (of: string, says: string): Finding => ({ verdict: 'ok', of, says })
export const warning = (of: string, says: string): Finding => ({ verdict: 'warning', of, says })
export const fault = (of: string, says: string): Finding => ({ verdict: 'fault', of, says })

const LISTED = 10

/** The first few of many, for a sentence. */
export const some = (all: readonly string[]): string =>
  all.length > LISTED ? `${all.slice(0, LISTED).join(', ')} and ${all.length - LISTED} more` : all.join(', ')

/** A line for each finding, in columns. */
export const table = (findings: readonly Finding[]): string => {
  const width = (of: (finding: Finding) => string): number => Math.max(...findings.map((finding) => of(finding).length))
  const [verdicts, things] = [width(({ verdict }) => verdict), width(({ of }) => of)]
  return findings
    .map(({ verdict, of, says }) => `${verdict.padEnd(verdicts)}  ${of.padEnd(things)}  ${says}`)
    .join('\n')
}
