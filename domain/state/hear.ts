import type { Statement } from '../treezor/statement.ts'
import { whyNotFollowed } from './believing.ts'
import { hearDocument, noteDocument } from './documents.ts'
import type { Draft, Report } from './draft.ts'
import { afterStatement, dropHeldBack } from './heldBack.ts'
import { hearIdentification } from './identifications.ts'
import { closes } from './keeping.ts'
import { hearLegacy, hearLifecycle, hearUnread } from './lifeCycles.ts'
import type { WebhookReading } from './reading.ts'

/** Takes what is said of one region of the user into the draft, as far as it may be followed. */
export const hear = (draft: Draft, statement: Statement, reading: WebhookReading, report: Report): void => {
  const { event } = reading
  if (statement.notUnderstood !== null) {
    const { path, expected, found, kind = 'unknown-value' } = statement.notUnderstood
    report(kind, `${path}: expected ${expected}, found ${found}`)
  }
  const whyNot = whyNotFollowed(draft, statement, event, report)
  const followed = whyNot === null
  switch (statement.region) {
    case 'legacy':
      afterStatement(draft, statement, whyNot ?? hearLegacy(draft, statement, event, report), reading)
      if (closes(statement, event)) draft.closed ??= { at: event.occurredAt, eventId: event.eventId }
      return
    case 'lifecycle':
      afterStatement(draft, statement, hearLifecycle(draft, statement, event, whyNot, report), reading)
      return
    case 'documents':
      if (followed) hearDocument(draft, statement, event, report)
      else noteDocument(draft, statement, event)
      return
    case 'liveness':
      if (followed) draft.liveness = hearIdentification(draft, 'liveness', draft.liveness, statement, event, report)
      return
    case 'qes':
    case 'videoConference': {
      const { region } = statement
      if (followed) draft[region] = hearIdentification(draft, region, draft[region], statement, event, report)
      return
    }
    case 'unread':
      hearUnread(draft, statement, event, report)
      if (statement.decides) dropHeldBack(draft)
      return
    default:
      statement satisfies never
  }
}
