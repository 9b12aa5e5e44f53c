import type { CurrentStatus } from '../../domain/answer/currentStatus.ts'
import type { Delivered } from './deliverAll.ts'

/** A table in plain text, columns as wide as they need to be, as Markdown reads it too. */
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n')
}

/** What became of each webhook, and where its events stand. */
export const tableOfDeliveries = (delivered: readonly Delivered[]): string =>
  table(
    ['webhook', 'first', 'again', 'stands in'],
    delivered.map(({ title, outcome, again, events }) => [
      title,
      outcome,
      again.join(', '),
      events.map(({ stream, revision }) => `${stream} @ ${revision}`).join(', '),
    ]),
  )

/** What they make of each user. */
export const tableOfStatuses = (statuses: readonly CurrentStatus[]): string =>
  table(
    ['user', 'status', 'governed by', 'since', 'liveness', 'qes', 'video conference', 'events', 'anomalies'],
    statuses.map((status) => [
      status.userId,
      status.status,
      status.governedBy,
      status[status.governedBy].since ?? '',
      status.liveness?.state ?? '',
      status.qes?.state ?? '',
      status.videoConference?.state ?? '',
      String(status.events),
      [...new Set(status.anomalies.map(({ kind }) => kind))].join(', '),
    ]),
  )
