import type { CurrentStatus } from '../../domain/answer/currentStatus.ts'
import { table } from '../cli/table.ts'
import type { Delivered } from './deliverAll.ts'

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
