import { type Html, html, type Shown } from '../html/html.ts'
import { exact, facts, time } from '../html/parts.ts'

/** Where the record stands that says so. */
const recordOf = (record: unknown): Shown => {
  if (typeof record !== 'object' || record === null) return null
  const { stream, revision, eventId, position } = record as Readonly<Record<string, unknown>>
  return html`${String(stream)}, revision ${String(revision)}${typeof eventId === 'string' && html`, event ${exact(eventId)}`}${typeof position === 'string' && html`, position ${exact(position)} of the log`}`
}

/** When a user was erased, by which record, and that it stands in the log (members of `user-erased`); neither who he was nor why. */
export const erasureShown = ({ erasedAt, erasure, record, proof }: Readonly<Record<string, unknown>>): Html => html`
<p>What was recorded of the user is gone for good. What is left is the record that says so.</p>
${facts(
  ['Erased', time(typeof erasedAt === 'string' ? erasedAt : null)],
  ['Erasure', html`number ${String(erasure)}`],
  ['Record', recordOf(record)],
)}
${
  typeof proof === 'string'
    ? html`<h2>Proof</h2><p class="quiet">That the record is in the log, over the newest checkpoint (C2SP tlog-proof).</p><pre tabindex="0" aria-label="Proof">${proof}</pre>`
    : html`<p>No checkpoint covers the record yet: it cannot be proven so far.</p>`
}`
