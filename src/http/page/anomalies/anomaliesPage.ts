import type { Request, RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import { ANOMALY_KINDS } from '../../../../domain/state/anomaly.ts'
import { KINDS_OF_NOBODY, type KindOfNobody, type UnattributedEvent } from '../../../../projections/unattributed.ts'
import type { ReadModelReader } from '../../../readModel/database/reader.ts'
import { anomalyInWords } from '../../../words/anomalyInWords.ts'
import { oneOf, wholeNumber } from '../../parameters.ts'
import { problem } from '../../problem.ts'
import { queryOf } from '../../query.ts'
import { mayAlso } from '../../requireScope.ts'
import { currentModel, type Sources } from '../../users/sources.ts'
import { type Html, html, type Shown } from '../html/html.ts'
import { facts, pager, table, time, word } from '../html/parts.ts'
import { sendPage } from '../html/sendPage.ts'

const PAGE = 50

const query = queryOf({ kind: oneOf(KINDS_OF_NOBODY), after: wholeNumber(0, Number.MAX_SAFE_INTEGER) })

const byKind = (model: ReadModelReader): Html => {
  const users = model.usersByAnomaly()
  const nobodys: Readonly<Partial<Record<string, number>>> = model.unattributedByKind()
  const [there, not] = [
    ANOMALY_KINDS.filter((kind) => users[kind] !== undefined || nobodys[kind] !== undefined),
    ANOMALY_KINDS.filter((kind) => users[kind] === undefined && nobodys[kind] === undefined),
  ]
  const rows = there.map((kind) => [
    word(kind),
    users[kind] === undefined ? 0 : html`<a href="/users?anomaly=${kind}">${users[kind]}</a>`,
    nobodys[kind] === undefined ? 0 : html`<a href="/anomalies?kind=${kind}#nobody">${nobodys[kind]}</a>`,
    html`${anomalyInWords(kind)}${kind === 'user-unknown' && nobodys[kind] !== undefined && ' Of an event of nobody it is not known to this day.'}`,
  ])
  const columns = ['Kind', 'Users', 'Events of nobody', 'What it means']
  return html`${rows.length === 0 ? html`<p>Nothing odd is known of anybody.</p>` : table({ caption: 'Anomalies by kind', columns, rows })}
${not.length > 0 && html`<details><summary>Kinds that nobody shows (${not.length})</summary>${facts(...not.map((kind) => [kind, anomalyInWords(kind)] as const))}</details>`}`
}

/** Documented names stand on one line; what somebody else has thought of may be too long for that. */
const LONGEST_ON_ONE_LINE = 40

const nameOf = (name: string | null): Shown => {
  if (name === null) return html`<span class="none">not known</span>`
  return name.length <= LONGEST_ON_ONE_LINE ? word(name) : name
}

/** In the order of their recording, behind a revision. */
const eventsBehind = (model: ReadModelReader, kind: KindOfNobody | null, after: number): readonly UnattributedEvent[] =>
  (kind === null ? KINDS_OF_NOBODY : [kind])
    .flatMap((one) => model.unattributed(one, after, PAGE + 1))
    .sort((a, b) => a.revision - b.revision)

const listed = (req: Request, events: readonly UnattributedEvent[]): Html =>
  events.length === 0
    ? html`<p>There are none.</p>`
    : table({
        caption: 'Events that belong to nobody, in the order of their recording',
        columns: ['No.', 'Name', 'Kind', 'Occurred', 'Recorded', 'Why it is nobody’s'],
        rows: events.map(({ revision, name, kind, occurredAt, recordedAt, detail }): readonly Shown[] => [
          mayAlso(req, 'audit:read') ? html`<a href="/unattributed/events/${revision}">${revision}</a>` : revision,
          nameOf(name),
          word(kind),
          time(occurredAt),
          time(recordedAt),
          detail,
        ]),
      })

/** `GET /anomalies?kind=&after=`: what is odd of how many, what that means, and the events that belong to nobody, in pages. */
export const anomaliesPage =
  (sources: Sources): RequestHandler =>
  (req, res) => {
    const parameters = query(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const model = currentModel(sources, res)
    if (model === null) return
    const { kind, after } = parameters.right
    const found = eventsBehind(model, kind, after ?? -1)
    const events = found.slice(0, PAGE)
    const pages = (behind: string): string => `/anomalies?${kind === null ? '' : `kind=${kind}&`}${behind}#nobody`
    const next = found.length > PAGE ? pages(`after=${events.at(-1)?.revision}`) : null
    const main = html`<h1>Anomalies</h1>
<p>What an honest, complete history would not contain. It is shown, and never a reason to drop an event.</p>
<h2>By kind</h2>
${byKind(model)}
<h2 id="nobody">Events of nobody</h2>
<p>Verified webhooks that name no user, or cannot be read yet. Once it is known whose one is, it counts for that user and is not listed here any more.</p>
${kind !== null && html`<p>Shown: those of ${kind}. <a href="/anomalies#nobody">All of them</a></p>`}
${mayAlso(req, 'audit:read') && events.length > 0 && html`<p class="quiet">Behind its number stands each as it was recorded. That you read it is recorded, too.</p>`}
${listed(req, events)}
${pager({ first: after === null ? null : pages(''), next })}`
    sendPage(req, res, { title: 'Anomalies', main })
  }
