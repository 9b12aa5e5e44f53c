import { DRIFT_KINDS, type DriftTime } from '../../../../domain/answer/drift.ts'
import type { ReadModelReader } from '../../../readModel/database/reader.ts'
import { driftInWords } from '../../../words/driftInWords.ts'
import { numberInWords } from '../../../words/numberInWords.ts'
import { type Html, html } from '../html/html.ts'

/** Of how many it looks as if a webhook never came, and how, each the way to who they are; nothing where it does of nobody. */
export const drifting = (model: Pick<ReadModelReader, 'usersByDrift'>, time: DriftTime): Html | null => {
  const users = model.usersByDrift(time)
  const kinds = DRIFT_KINDS.filter((kind) => users[kind] > 0)
  if (kinds.length === 0) return null
  return html`<h2>As if a webhook never came</h2>
<ul class="counts" aria-label="Users by drift">${kinds.map(
    (kind) => html`
<li><a href="/users?drift=${kind}" title="${driftInWords(kind)}">${kind}</a> ${numberInWords(users[kind])}</li>`,
  )}
</ul>`
}
