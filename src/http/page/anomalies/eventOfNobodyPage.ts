import type { RequestHandler } from 'express'
import { isAltered } from '../../../../domain/event/altered.ts'
import { UNATTRIBUTED } from '../../../ledger/streams.ts'
import { prettyJson } from '../../../words/prettyJson.ts'
import { aRevision } from '../../pages.ts'
import { problem } from '../../problem.ts'
import { recordAccess } from '../../recordAccess.ts'
import type { Sources } from '../../users/sources.ts'
import { tellingAltered } from '../../users/tellingAltered.ts'
import { html } from '../html/html.ts'
import { facts, notice } from '../html/parts.ts'
import { sendPage } from '../html/sendPage.ts'

/** `GET /unattributed/events/{revision}`: an event of the stream of the unattributed as recorded, which is recorded itself before it is shown. */
export const eventOfNobodyPage =
  (sources: Sources): RequestHandler =>
  async (req, res) => {
    const revision = aRevision.read(String(req.params['revision']))
    const read = revision === null ? [] : sources.recorded.readStream(UNATTRIBUTED, { from: revision, limit: 1 })
    const [event] = await Array.fromAsync(read)
    if (event === undefined || event.revision !== revision)
      return problem(res, 'unknown-event', 'no event of nobody stands at this number')
    if (!(await recordAccess(sources, req, res, 'unattributed-events', null))) return
    const altered = isAltered(event)
    if (altered) tellingAltered(sources)(event)
    const main = html`<h1>An event of nobody</h1>
${altered && notice('error', 'Its payload is not the one that was received: it was altered in the event log.')}
<p>As it was recorded, laid out anew: every number, key and escape is as it came. That you read it is recorded, too.</p>
${facts(['Number', event.revision], ['Name', event.type], ['Stream', event.stream], ['Event id', event.eventId], ['Position', event.position])}
<h2>Webhook</h2>
<pre tabindex="0" aria-label="Webhook">${prettyJson(event.data)}</pre>
<h2>Metadata</h2>
<pre tabindex="0" aria-label="Metadata">${prettyJson(event.metadata)}</pre>
<p><a href="/anomalies#nobody">All events of nobody</a></p>`
    sendPage(req, res, { title: 'An event of nobody', main })
  }
