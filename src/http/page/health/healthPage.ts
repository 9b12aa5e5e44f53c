import type { RequestHandler } from 'express'
import { formatMilliseconds, type Instant, minutes } from '../../../../domain/instant.ts'
import { KYC_STATUS } from '../../../../projections/kycStatus.ts'
import type { BackupTries } from '../../../backup/kept/tries.ts'
import type { Config } from '../../../config/config.ts'
import type { PerMinute } from '../../../metrics/perMinute.ts'
import type { EndpointFigures } from '../../../outgoing/sending.ts'
import type { Readiness } from '../../../readiness/readiness.ts'
import type { ReadModel } from '../../../readModel/readModel.ts'
import type { Sealing } from '../../../sealing/sealing.ts'
import { numberInWords } from '../../../words/numberInWords.ts'
import type { Sources } from '../../users/sources.ts'
import { type Html, html } from '../html/html.ts'
import { facts, notice, time } from '../html/parts.ts'
import { sendPage } from '../html/sendPage.ts'
import { backupsSection } from './backups.ts'
import { ingestChart } from './chart.ts'
import { endpointsSection } from './endpoints.ts'
import { sealsSection } from './seals.ts'
import { type StoreSources, storesSection } from './stores.ts'

/** What tells how the service itself stands. */
export interface HealthSources extends Pick<Sources, 'now' | 'corrections' | 'retention'>, StoreSources {
  readonly readiness: () => Readiness
  /** Why a part is not as it should be, as far as it says so. */
  readonly faults: () => readonly string[]
  /** For how many milliseconds the read model has not come to what this process appended. */
  readonly trails: () => number
  /** When this process began to count. */
  readonly startedAt: Instant
  readonly appended: PerMinute
  readonly sealing: Sealing
  readonly endpoints: () => readonly EndpointFigures[]
  readonly readModel: ReadModel
  /** What became of backups. */
  readonly backups: () => BackupTries
  readonly schedule: Config['backups']
}

/** So long after they are due users count as overdue. */
const OVERDUE = minutes(30 * 24 * 60)

const readinessSection = ({ readiness, faults, trails }: HealthSources): Html => {
  const { ready, eventStore, journal, clock, readModel, subscription } = readiness()
  const trailing = trails()
  const head = ready
    ? notice('note', 'The service is ready: it takes deliveries and answers.')
    : notice('error', 'The service is not ready: it should be sent no requests.')
  return html`${head}
${faults().map((fault) => notice('error', `${fault}.`))}
${facts(
  ['Event store', eventStore],
  ['Clock', clock],
  ['Journal', journal],
  ['Read model', readModel],
  ['Follows the log', subscription === 'up' ? 'yes' : 'no'],
  [
    'Lag',
    trailing === 0
      ? 'none: all that was appended here is in the read model'
      : `${numberInWords(Math.ceil(trailing))} ms`,
  ],
)}`
}

const retentionSection = ({ retention, readModel, now }: HealthSources): Html | null => {
  const at = now()
  const figures = retention === null ? null : readModel.reader()?.retentionFigures(at, (at - OVERDUE) as Instant)
  if (figures === null || figures === undefined) return null
  return html`<h2>Retention</h2>
${facts(
  ['Due to go', numberInWords(figures.due)],
  ['For more than 30 days', numberInWords(figures.overdue)],
  ['On legal hold', numberInWords(figures.onHold)],
  ['Erased', numberInWords(figures.erased)],
)}`
}

/** `GET /health`: how the service stands; no person is in it. */
export const healthPage =
  (sources: HealthSources): RequestHandler =>
  (req, res) => {
    const main = html`<h1>Health</h1>
${readinessSection(sources)}
<h2>Webhooks appended per minute</h2>
${ingestChart(sources.appended.minutes())}
${storesSection(sources)}
${sealsSection(sources.sealing)}
${endpointsSection(sources.endpoints())}
${backupsSection(sources.backups(), sources.schedule)}
${retentionSection(sources)}
<h2>This process</h2>
${facts(
  ['Counts since', time(formatMilliseconds(sources.startedAt))],
  ['Version of the rules', String(KYC_STATUS.version)],
  ['Wrong clocks that were recorded', numberInWords(sources.corrections().length)],
)}`
    sendPage(req, res, { title: 'Health', main })
  }
