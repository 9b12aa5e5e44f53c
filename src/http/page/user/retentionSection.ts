import type { UserId } from '../../../../domain/identifiers.ts'
import { type RetentionView, retentionView } from '../../retention/userRetention.ts'
import { type Html, html, type Shown } from '../html/html.ts'
import { facts, time } from '../html/parts.ts'
import type { UserPageSources } from './sources.ts'

const RULES: Readonly<Record<NonNullable<RetentionView['rule']>, string>> = {
  ended: 'the relationship has ended',
  refused: 'the user was refused and has not come back',
}

const hold = ({ hold: number, placedAt, by, reason }: RetentionView['holds'][number]): Html =>
  html`<li>Hold ${number}${placedAt !== null && html`, placed ${time(placedAt)}`}${by !== null && html` by ${by}`}${reason !== null && html`: ${reason}`}</li>`

/** How long the records of the user are kept, and what stops their going; nothing where nothing is known of that. */
export const retentionSection = ({ readModel, retention, now }: UserPageSources, userId: UserId): Shown => {
  const known = readModel.reader()?.retentionOf(userId) ?? null
  if (known === null) return null
  const { rule, since, period, country, erasureDueAt, mayBeErased, why, anomalies, holds } = retentionView(
    userId,
    known,
    retention,
    now(),
  )
  return html`
<section aria-labelledby="retention"><h2 id="retention">Retention</h2>
${facts(
  ['Ground', rule === null ? 'no period runs' : html`${RULES[rule]}, since ${time(since)}`],
  period === null ? null : ['Period', country === null ? period : `${period} (${country})`],
  erasureDueAt === null ? null : ['Due to go', time(erasureDueAt)],
  ['Erasure', mayBeErased ? 'may be asked for' : `forbidden now: ${why}`],
)}
${anomalies.length > 0 && html`<p>The records are never due:</p><ul>${anomalies.map(({ kind, detail }) => html`<li><strong>${kind}</strong>: ${detail}</li>`)}</ul>`}
${holds.length > 0 && html`<h3>Legal holds</h3><ul>${holds.map(hold)}</ul>`}
</section>`
}
