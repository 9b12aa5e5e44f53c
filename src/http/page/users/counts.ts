import { STATUSES } from '../../../../domain/answer/status.ts'
import type { ReadModelReader } from '../../../readModel/database/reader.ts'
import { numberInWords } from '../../../words/numberInWords.ts'
import { type Html, html } from '../html/html.ts'
import { mark } from '../html/marks.ts'

/** How many users stand how, each the way to who they are. */
export const counts = (model: Pick<ReadModelReader, 'usersByStatus'>): Html => {
  const users = model.usersByStatus()
  const all = Object.values(users).reduce((sum, count) => sum + count, 0)
  return html`<ul class="counts" aria-label="Users by status">
<li><a href="/users">All users</a> ${numberInWords(all)}</li>${STATUSES.map(
    (status) => html`
<li><a href="/users?status=${status}">${mark(status)}</a> ${numberInWords(users[status] ?? 0)}</li>`,
  )}
</ul>`
}
