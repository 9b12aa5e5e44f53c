import type { Machine } from './machine.ts'
import type { Figure } from './measurement.ts'
import type { Spread } from './rounds.ts'

export interface Report {
  readonly machine: Machine
  readonly quick: boolean
  readonly results: readonly { readonly name: string; readonly figures: readonly Figure[] }[]
}

const number = (value: number): string => {
  if (!Number.isFinite(value)) return '-'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}

const withSpread = (spread: Spread | null, unit = ''): string =>
  spread === null
    ? '-'
    : `${number(spread.median)}${unit === '' ? '' : ` ${unit}`} (${number(spread.min)}..${number(spread.max)})`

const verdict = ({ met, mixed }: Figure): string =>
  met === null ? '-' : `${met ? 'yes' : '**no**'}${mixed ? ', by the median' : ''}`

const COLUMNS = ['what', 'against', 'here', 'there', 'ratio', 'target', 'met'] as const

const table = (rows: readonly (readonly string[])[]): string => {
  const all = [COLUMNS, ...rows]
  const widths = COLUMNS.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`
  return [line(COLUMNS), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n')
}

/** How many rounds the figures are of: some take fewer than all. */
const roundsOf = (figures: readonly Figure[]): string => {
  const counts = figures.flatMap(({ rounds }) => (rounds.length === 0 ? [] : [rounds.length]))
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)]
  return counts.length === 0 ? 'no rounds' : fewest === most ? `${most} rounds` : `${fewest} to ${most} rounds`
}

/** The report as Markdown: the machine, the table, the remarks. */
export const asText = ({ machine, quick, results }: Report): string => {
  const figures = results.flatMap(({ figures: some }) => some)
  const rows = figures.map((one) => [
    one.what,
    one.against,
    withSpread(one.product, one.unit),
    withSpread(one.peer, one.unit),
    withSpread(one.ratio),
    one.target,
    verdict(one),
  ])
  const remarks = figures.flatMap((one) => one.remarks.map((remark) => `- ${one.what}: ${remark}`))
  const { cpu, cores, memoryGiB, node, sqlite, packages, fsyncMs, commit, at, load } = machine
  return [
    `${cpu}, ${cores} cores, ${memoryGiB} GiB; Node ${node}, SQLite ${sqlite}; an fsynced commit takes ${fsyncMs.toFixed(2)} ms;`,
    `${packages};`,
    `commit ${commit}, ${at}; ${quick ? 'quick' : 'full'} run, ${roundsOf(figures)}: median (min..max), of the ratio within each round;`,
    `load average when it began: ${load.toFixed(1)}`,
    '',
    table(rows),
    ...(remarks.length > 0 ? ['', ...remarks] : []),
  ].join('\n')
}
