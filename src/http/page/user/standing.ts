import type { Account } from '../../../../domain/answer/account.ts'
import { type CurrentStatus, currentStatus } from '../../../../domain/answer/currentStatus.ts'
import type { Instant } from '../../../../domain/instant.ts'
import type { AnomalyKind } from '../../../../domain/state/anomaly.ts'
import type { Code } from '../../../../domain/treezor/codes.ts'
import { anomalyInWords } from '../../../words/anomalyInWords.ts'
import { REGION_TITLES, stateInWords } from '../../../words/stateInWords.ts'
import { statusInWords } from '../../../words/statusInWords.ts'
import { dateInWords } from '../../../words/timeInWords.ts'
import { type Html, html, type Shown } from '../html/html.ts'
import { mark } from '../html/marks.ts'
import { facts, table, time } from '../html/parts.ts'

const code = (of: Code | null): Shown => of !== null && `${of.name} (${of.code})`

/** On one line. */
const whole = (text: string): Html => html`<span class="whole">${text}</span>`

const pairIf = (term: string, value: Shown): readonly [string, Shown] | null =>
  value === null || value === false || value === undefined ? null : [term, value]

/** The status with why and since when. */
export const standingSection = (account: Account, now: Instant): Html => {
  const { sentence, reasons } = statusInWords(account, now)
  return html`
<p class="standing">${mark(account.status)} <span class="verified">${account.status === 'validated' ? 'verified' : 'not verified'}</span></p>
<p class="why">${sentence}</p>
${reasons.length > 0 && html`<ul class="reasons">${reasons.map(({ kind, sentence: why }) => html`<li>${kind !== null && html`<strong>${kind}</strong>: `}${why}</li>`)}</ul>`}`
}

const stateSince = (state: string, since: string | null): Shown =>
  since === null ? stateInWords(state) : html`${stateInWords(state)} since ${time(since)}`

const lifecycleFacts = ({ lifecycle }: CurrentStatus): Html =>
  facts(
    ['State', stateSince(lifecycle.state, lifecycle.since)],
    pairIf('Review', code(lifecycle.review)),
    pairIf('Level', code(lifecycle.level)),
    pairIf('Kind of review', lifecycle.reviewType),
    pairIf('Status code', lifecycle.codeStatus),
    pairIf('Last request', lifecycle.lastRequestAt && time(lifecycle.lastRequestAt)),
    pairIf('Last review', lifecycle.lastReviewAt && time(lifecycle.lastReviewAt)),
    pairIf('Next review', lifecycle.nextReviewDate && dateInWords(lifecycle.nextReviewDate)),
  )

const legacyFacts = ({ legacy }: CurrentStatus): Html =>
  facts(
    ['State', stateSince(legacy.state, legacy.since)],
    pairIf('Review', code(legacy.review)),
    pairIf('Level', code(legacy.level)),
    pairIf('Account at the provider', legacy.userStatus),
  )

const effectOf = ({ stands, overlays, status }: NonNullable<CurrentStatus['observed']>): string => {
  if (overlays) return `the status is ${status}, whatever was signed before`
  return stands ? 'none: it takes nothing away' : 'none any more: the provider has signed something since'
}

/** What the provider answered when it was asked last: it is not signed. */
const observedFacts = (observed: NonNullable<CurrentStatus['observed']>): Html =>
  facts(
    ['Recorded', time(observed.at)],
    ['By itself it amounts to', observed.known ? stateInWords(observed.status) : 'nothing: it knows no such user'],
    pairIf('Review', code(observed.review)),
    pairIf('Level', code(observed.level)),
    pairIf('Account at the provider', observed.userStatus),
    ['Effect', effectOf(observed)],
  )

/** What the status rests on, as the provider said it; a life cycle that nothing was heard of is left out. */
export const groundSection = (current: CurrentStatus): Html => {
  const { governedBy, legacy, lifecycle, observed, released, events, lastEventAt } = current
  return html`
<section aria-labelledby="ground"><h2 id="ground">What it rests on</h2>
${facts(
  ['Governed by', REGION_TITLES[governedBy]],
  ['Events', lastEventAt === null ? events : html`${events}, the last of ${time(lastEventAt)}`],
  released === null
    ? null
    : [
        'Validated since a release',
        html`${time(released.at)}, ${released.on === 'observation' ? 'which the provider confirmed when it was asked' : 'by two persons'}`,
      ],
)}
${lifecycle.since !== null && html`<h3>${REGION_TITLES.lifecycle}</h3>${lifecycleFacts(current)}`}
${legacy.since !== null && html`<h3>${REGION_TITLES.legacy}</h3>${legacyFacts(current)}`}
${observed !== null && html`<h3>What the provider answered when it was asked</h3>${observedFacts(observed)}`}
</section>`
}

/** So many documents are shown, those that were heard of last: a user has a handful, and nothing bounds what a provider says. */
const DOCUMENTS_SHOWN = 200

export const documentsSection = ({ documents }: CurrentStatus): Shown => {
  const shown = documents.slice(-DOCUMENTS_SHOWN)
  const left = documents.length - shown.length
  return (
    documents.length > 0 &&
    html`
<section aria-labelledby="documents"><h2 id="documents">Documents</h2>
${table({
  caption: 'Documents of the user',
  columns: ['Document', 'Kind', 'State', 'Since', 'Status code'],
  rows: shown.map(({ documentId, type, state, codeStatus, since }) => [
    documentId,
    code(type),
    whole(stateInWords(state)),
    time(since),
    codeStatus,
  ]),
})}${left > 0 && html`<p>And ${left} that were heard of before.</p>`}</section>`
  )
}

const IDENTIFICATIONS = ['liveness', 'qes', 'videoConference'] as const

export const identificationsSection = (current: CurrentStatus): Shown => {
  const rows = IDENTIFICATIONS.flatMap((region) => {
    const one = current[region]
    if (one === null) return []
    const result = [one.score === undefined ? null : `score ${one.score}`, one.result ?? null].filter(
      (of) => of !== null,
    )
    const reasons = one.reasons.map(({ code: of, message }) => [of, message].filter((text) => text !== '').join(': '))
    return [
      [
        REGION_TITLES[region],
        one.identificationId,
        whole(stateInWords(one.state)),
        time(one.since),
        [...result, ...reasons].join('; '),
      ],
    ]
  })
  return (
    rows.length > 0 &&
    html`
<section aria-labelledby="identifications"><h2 id="identifications">Identifications</h2>
${table({
  caption: 'Of each kind the identification that was started last',
  columns: ['Kind', 'Identification', 'State', 'Since', 'Result and reasons'],
  rows,
})}</section>`
  )
}

export const anomaliesSection = ({ anomalyCounts }: CurrentStatus): Shown => {
  const kinds = Object.entries(anomalyCounts) as [AnomalyKind, number][]
  return (
    kinds.length > 0 &&
    html`
<section aria-labelledby="anomalies"><h2 id="anomalies">Anomalies</h2>
<p class="quiet">What an honest, complete history would not contain. Each stands at its event in the timeline.</p>
${table({
  caption: 'Anomalies by their kind',
  columns: ['Kind', 'How many', 'What it means'],
  rows: kinds.map(([kind, count]) => [whole(kind), count, anomalyInWords(kind)]),
})}</section>`
  )
}

export const currentOf = ({ state }: Account): CurrentStatus => currentStatus(state)
