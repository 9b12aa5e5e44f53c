import type { KycEvent } from '../event/kycEvent.ts'
import type { Statement } from '../treezor/statement.ts'
import { mayBeFollowed } from './believing.ts'
import { hearDocument, noteDocument } from './documents.ts'
import type { Draft, Report } from './draft.ts'
import { hearIdentification } from './identifications.ts'
import { closes } from './keeping.ts'
import { hearLegacy, hearLifecycle, hearUnread } from './lifeCycles.ts'

/** Takes what is said of one region of the user into the draft, as far as it may be followed. */
export const hear = (draft: Draft, statement: Statement, event: KycEvent, report: Report): void => {
  if (statement.notUnderstood !== null) {
    const { path, expected, found, kind = 'unknown-value' } = statement.notUnderstood
    report(kind, `${path}: expected ${expected}, found ${found}`)
  }
  if (statement.region === 'lifecycle') return hearLifecycle(draft, statement, event, report)
  const followed = mayBeFollowed(draft, statement, event, report)
  switch (statement.region) {
    case 'legacy':
      if (followed) hearLegacy(draft, statement, event, report)
      if (closes(statement, event)) draft.closed ??= { at: event.occurredAt, eventId: event.eventId }
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
      return
    default:
      statement satisfies never
  }
}
