import {
  type NamedEvent,
  OBSERVED,
  type Observation,
  type OwnEvent,
  RELEASE_REQUESTED,
  RELEASED,
} from '../../domain/event/ownEvent.ts'
import { compared } from '../../domain/state/compared.ts'
import type { Code } from '../../domain/treezor/codes.ts'
import { shown } from './shown.ts'
import { stateInWords } from './stateInWords.ts'

const TITLES: Readonly<Record<string, string>> = {
  [OBSERVED]: 'The provider was asked',
  [RELEASE_REQUESTED]: 'A release was asked for',
  [RELEASED]: 'A release',
}

/** What an event is called that this service wrote itself; `null` for any other name. */
export const ownNameInWords = (name: string): string | null =>
  Object.hasOwn(TITLES, name) ? (TITLES[name] ?? null) : null

const code = (name: string, of: Code | null): readonly string[] =>
  of === null ? [] : [`${name} ${of.code} (${of.name})`]

const observed = (observation: Observation): string => {
  const { known, word, review, level, userStatus, documents } = compared(observation)
  if (!known) return 'It knows no such user'
  const said = [
    ...code('review', review),
    ...code('level', level),
    ...(userStatus === null ? [] : [`user status ${shown(userStatus)}`]),
    ...(documents === null ? [] : [`${documents.length === 1 ? 'one document' : `${documents.length} documents`}`]),
  ]
  return `It answered: ${said.length === 0 ? 'nothing that is compared' : said.join(', ')}; by itself that amounts to ${stateInWords(word)}. It is not signed`
}

const eventNamed = ({ stream, revision }: NamedEvent): string => `revision ${revision} of ${stream}`

/**
 * What an event says that this service wrote itself, as sentences without their full stops. Who asked for a release and who confirmed it, and
 * why, is told to whoever may know.
 */
export const ownEventInWords = ({ says }: OwnEvent, mayKnowWho: boolean): readonly string[] => {
  if (says.type === OBSERVED) return [observed(says.data)]
  const what = eventNamed(says.data.releases)
  if (says.type === RELEASE_REQUESTED) {
    const { by, reason } = says.data
    return [`Of ${what}, which was held back${mayKnowWho ? `, by ${shown(by)}: ${shown(reason)}` : ''}`]
  }
  const { on } = says.data
  if ('observation' in on) {
    return [
      `Of ${what}, which was held back: the provider confirmed it when it was asked (event ${shown(on.observation)})`,
    ]
  }
  const who = mayKnowWho ? `, by ${shown(on.requestedBy)}, confirmed by ${shown(on.confirmedBy)}` : ', by two persons'
  return [`Of ${what}, which was held back, as revision ${on.request} asks for${who}`]
}
