import { type DriftTime, driftAt, driftOf } from '../../../../domain/answer/drift.ts'
import type { KycState } from '../../../../domain/state/kycState.ts'
import { driftInWords } from '../../../words/driftInWords.ts'
import { folding } from '../../users/folding.ts'
import { type Html, html } from '../html/html.ts'

/** In what ways it looks as if a webhook about him never came; nothing where it does in none. */
export const driftSection = (state: KycState, time: DriftTime): Html | null => {
  const kinds = folding(() => driftAt(driftOf(state), time))
  if (kinds.length === 0) return null
  return html`<h2>As if a webhook never came</h2>
<ul class="reasons">${kinds.map((kind) => html`<li><strong>${kind}</strong>: ${driftInWords(kind)}</li>`)}</ul>`
}
