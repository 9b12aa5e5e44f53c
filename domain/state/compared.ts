import type { Observation, ObservedDocument } from '../event/ownEvent.ts'
import type { Instant } from '../instant.ts'
import { STATUS_OF_LEGACY, type StateOf, type Status } from '../regions.ts'
import { CANCELED, type Code } from '../treezor/codes.ts'
import { comparedDocument } from '../treezor/document.ts'
import { comparedUser } from '../treezor/user.ts'

/** What was observed of a document. */
export interface ComparedDocument {
  readonly documentId: string
  readonly type: Code | null
  readonly state: StateOf<'documents'>
  readonly codeStatus: string | null
}

/** What an observation comes to, read as a user object that holds these fields and nothing else. */
export interface Compared {
  /** Whether the provider knows such a user. */
  readonly known: boolean
  /** The word that it amounts to. */
  readonly word: Status
  readonly review: Code | null
  readonly level: Code | null
  readonly userStatus: string | null
  /** `null`: the provider was not asked about them. */
  readonly documents: readonly ComparedDocument[] | null
}

/** The last thing that was observed of a user. */
export interface Observed extends Compared {
  readonly at: Instant
  readonly eventId: string
  readonly source: Observation['source']
  /** Whether nothing has lifted it since. */
  readonly stands: boolean
}

const documentOf = (document: ObservedDocument): ComparedDocument => {
  const { says = 'unknown', type = null, codeStatus = null } = comparedDocument(document) ?? {}
  return { documentId: document.documentId, type, state: says, codeStatus }
}

/** What an observation comes to. */
export const compared = ({ user, documents: all }: Observation): Compared => {
  const documents = all === null ? null : all.map(documentOf)
  const said = user === null ? null : comparedUser(user)
  if (said === null) return { known: false, word: 'unknown', review: null, level: null, userStatus: null, documents }
  const { says, review, level, userStatus } = said
  const word = userStatus === CANCELED ? 'closed' : STATUS_OF_LEGACY[says]
  return { known: true, word, review, level, userStatus, documents }
}
